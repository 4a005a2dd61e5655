-- One row per stop and officer; a row without a readable time is left out.
-- Point in time: known on the day it was entered.

with

typed as (

    -- Repeated rows: the first one.
    select distinct on (stop_no, officer_badge)
        trim(stop_no) as stop_id,
        trim(officer_badge) as badge,
        {{ text('stop_type') }} as stop_type,
        {{ text('reason') }} as reason,
        {{ text('outcome') }} as outcome,
        trim(beat) as beat,
        {{ text('subject_race') }} as subject_race,
        case {{ text('subject_sex') }} when 'f' then 'female' when 'm' then 'male' end as subject_sex,
        {{ try_cast('subject_age', 'integer') }} as subject_age,
        {{ text('searched') }} = 'y' as is_searched,
        {{ text('contraband') }} = 'y' as is_contraband_found,
        {{ text('force') }} = 'y' as is_force_used,
        nullif({{ try_cast('stopped_at', 'timestamp') }}, cast('1900-01-01' as timestamp)) as stopped_at,
        {{ try_cast('entered_on', 'date') }} as known_on
    from {{ source('raw', 'rms_stops') }}
    order by stop_no, officer_badge, _row

)

select *
from typed
where stopped_at is not null
