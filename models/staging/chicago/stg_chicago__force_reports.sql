-- One row per tactical response report (TRR): one officer, one event, one subject.
-- Point in time: occurred_on is the day of the event; when the report existed is told by stg_chicago__force_report_statuses.

with reports as (

    select
        trim(trr_id) as force_id,
        split_part(se_no, '.', 1) as event_number,
        {{ try_cast('beat', 'integer') }} as beat_number,
        {{ text('location_recode') }} as location_type,
        {{ text('indoor_or_outdoor') }} as indoor_or_outdoor,
        {{ text('taser') }} as taser,
        {{ text('firearm_used') }} as firearm_used,
        {{ try_cast('trr_date', 'date') }} as occurred_on,
        {{ try_cast('trr_time', 'time') }} as occurred_at
    from {{ source('raw', 'trr_main') }}

)

select
    force_id,
    event_number,
    case when beat_number > 0 then lpad(cast(beat_number as text), 4, '0') end as beat,
    location_type,
    case indoor_or_outdoor when 'indoor' then true when 'outdoor' then false end as is_indoors,
    taser = '1' as is_taser_used,
    firearm_used = '1' as is_firearm_used,
    occurred_at >= cast('22:00' as time) or occurred_at < cast('06:00' as time) as is_night,
    occurred_on
from reports
