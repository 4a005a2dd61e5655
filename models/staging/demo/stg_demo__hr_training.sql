-- One row per officer and course.
-- Point in time: known on the day it was recorded.

-- Repeated rows: the first one.
select distinct on (enrolment_no)
    trim(enrolment_no) as enrolment_id,
    trim(employee_no) as officer_id,
    {{ text('course_code') }} as course_code,
    {{ try_cast('hours', 'numeric') }} as hours,
    case {{ text('result') }} when 'pass' then true when 'fail' then false end as is_passed,
    {{ try_cast('completed_date', 'date') }} as completed_on,
    {{ try_cast('recorded_on', 'date') }} as known_on
from {{ source('raw', 'hr_training') }}
order by enrolment_no, _row
