-- One row per rank or pay step.
-- Point in time: known on the day it was entered, mostly before it takes effect.

-- Repeated rows: the first one.
select distinct on (step_no)
    trim(step_no) as step_id,
    trim(employee_no) as officer_id,
    {{ text('rank_title') }} as rank,
    trim(pay_grade) as pay_grade,
    {{ try_cast('annual_salary', 'numeric') }} as annual_salary,
    {{ try_cast('effective_date', 'date') }} as effective_on,
    {{ try_cast('entered_on', 'date') }} as known_on
from {{ source('raw', 'hr_ranks') }}
order by step_no, _row
