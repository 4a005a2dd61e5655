-- One row per force report: officer, incident and subject.
-- Point in time: known on the day it was submitted; the finding, on the day of the review.

-- Repeated rows: the first one.
select distinct on (report_no)
    trim(report_no) as report_id,
    trim(incident_no) as incident_id,
    trim(officer_badge) as badge,
    {{ text('force_code') }} as force_code,
    {{ text('resistance') }} as resistance,
    trim(beat) as beat,
    {{ text('location') }} as location_type,
    {{ text('subject_race') }} as subject_race,
    case {{ text('subject_sex') }} when 'f' then 'female' when 'm' then 'male' end as subject_sex,
    {{ try_cast('subject_age', 'integer') }} as subject_age,
    {{ text('subject_injured') }} = 'y' as is_subject_injured,
    {{ text('subject_armed') }} = 'y' as is_subject_armed,
    {{ text('officer_injured') }} = 'y' as is_officer_injured,
    {{ text('in_uniform') }} = 'y' as is_in_uniform,
    {{ text('on_duty') }} = 'y' as is_on_duty,
    {{ text('indoors') }} = 'y' as is_indoors,
    {{ text('review_finding') }} as review_finding,
    nullif({{ try_cast('occurred_at', 'timestamp') }}, cast('1900-01-01' as timestamp)) as occurred_at,
    {{ try_cast('review_date', 'date') }} as reviewed_on,
    {{ try_cast('submitted_on', 'date') }} as known_on
from {{ source('raw', 'rms_force_reports') }}
order by report_no, _row
