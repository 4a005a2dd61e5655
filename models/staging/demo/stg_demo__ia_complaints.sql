-- One row per complaint.
-- Point in time: known on the day it was entered. Internal affairs writes 12/31/2025.
{%- set american = "substr({0}, 7, 4) || '-' || substr({0}, 1, 2) || '-' || substr({0}, 4, 2)" %}

-- Repeated rows: the first one.
select distinct on (complaint_number)
    trim(complaint_number) as complaint_id,
    {{ text('source') }} as origin,
    trim(beat) as beat,
    {{ try_cast('complainants', 'integer') }} as complainant_count,
    {{ text('complainant_race') }} as complainant_race,
    {{ text('complainant_sex') }} as complainant_sex,
    nullif({{ try_cast(american.format('incident_date'), 'date') }}, cast('1900-01-01' as date)) as incident_on,
    {{ try_cast(american.format('received_date'), 'date') }} as received_on,
    {{ try_cast(american.format('entered_date'), 'date') }} as known_on
from {{ source('raw', 'ia_complaints') }}
order by complaint_number, _row
