-- One row per award.
-- Point in time: known on the day it was entered.

with

delivered as (

    select
        *,
        row_number() over (partition by award_no order by _row) as copy
    from {{ source('raw', 'hr_commendations') }}

)

select
    trim(award_no) as award_id,
    trim(employee_no) as officer_id,
    {{ text('award_code') }} as award_code,
    {{ try_cast('award_date', 'date') }} as awarded_on,
    {{ try_cast('entered_on', 'date') }} as known_on
from delivered
where copy = 1
