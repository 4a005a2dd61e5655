-- One row per complaint and release.
-- Point in time: received on reported_on, decided on closed_on. Dates that cannot be are null: an incident after its
-- complaint (709) or before 1950 (7), a closing before its complaint (38).

with complaints as (

    select
        trim(cr_id) as complaint_id,
        cast({{ try_cast('cv', 'integer') }} as integer) as release,
        {{ try_cast("split_part(trim(beat), '.', 1)", 'integer') }} as beat_number,
        {{ try_cast('incident_date', 'date') }} as incident_on,
        {{ try_cast('complaint_date', 'date') }} as reported_on,
        {{ try_cast('closed_date', 'date') }} as closed_on
    from {{ source('raw', 'complaints') }}

)

select
    complaint_id,
    release,
    case when beat_number > 0 then lpad(cast(beat_number as text), 4, '0') end as beat,
    case when incident_on between cast('1950-01-01' as date) and reported_on then incident_on end as incident_on,
    reported_on,
    case when closed_on >= reported_on then closed_on end as closed_on
from complaints
