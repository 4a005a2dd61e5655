-- One row per arrest and officer; a row without a readable time is left out.
-- Point in time: known on the day it was entered.

with

typed as (

    -- Repeated rows: the first one.
    select distinct on (arrest_no, officer_badge)
        trim(arrest_no) as arrest_id,
        trim(officer_badge) as badge,
        {{ text('charge') }} as charge_code,
        {{ text('class') }} = 'f' as is_felony,
        {{ text('resisting_only') }} = 'y' as is_resisting_only,
        nullif({{ try_cast('arrested_at', 'timestamp') }}, cast('1900-01-01' as timestamp)) as arrested_at,
        {{ try_cast('entered_on', 'date') }} as known_on
    from {{ source('raw', 'rms_arrests') }}
    order by arrest_no, officer_badge, _row

)

select *
from typed
where arrested_at is not null
