-- One row per allegation against an officer.
-- Point in time: known on the day it was added; finding and discipline, on the day of the finding.
{%- set american = "substr({0}, 7, 4) || '-' || substr({0}, 1, 2) || '-' || substr({0}, 4, 2)" %}

-- Repeated rows: the first one.
select distinct on (allegation_id)
    trim(allegation_id) as allegation_id,
    trim(complaint_number) as complaint_id,
    ltrim(trim(employee), 'E') as officer_id,
    {{ text('allegation_code') }} as allegation_code,
    {{ text('class') }} as class,
    {{ text('finding') }} as finding,
    {{ text('discipline') }} as discipline,
    {{ try_cast('days', 'integer') }} as suspension_days,
    {{ try_cast(american.format('finding_date'), 'date') }} as closed_on,
    {{ try_cast(american.format('added_date'), 'date') }} as known_on
from {{ source('raw', 'ia_allegations') }}
order by allegation_id, _row
