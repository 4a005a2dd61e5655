-- One row per injury claim.
-- Point in time: known on the day it was filed; the return and the days lost, on the first day back. A return before the
-- injury is a mistake: neither is kept.

with

typed as (

    -- Repeated rows: the first one.
    select distinct on (claim_no)
        trim(claim_no) as injury_id,
        trim(employee_no) as officer_id,
        {{ text('cause') }} as cause,
        {{ try_cast('days_lost', 'integer') }} as days_lost,
        {{ try_cast('injury_date', 'date') }} as injured_on,
        {{ try_cast('return_date', 'date') }} as returned_on,
        {{ try_cast('filed_on', 'date') }} as known_on
    from {{ source('raw', 'hr_injuries') }}
    order by claim_no, _row

)

select
    injury_id,
    officer_id,
    cause,
    case when returned_on >= injured_on then days_lost end as days_lost,
    injured_on,
    case when returned_on >= injured_on then returned_on end as returned_on,
    known_on
from typed
