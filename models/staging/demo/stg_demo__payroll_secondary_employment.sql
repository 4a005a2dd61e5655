-- One row per day of outside work.
-- Point in time: known on the day it was posted.

-- Repeated rows: the first one.
select distinct on (line_id)
    trim(line_id) as line_id,
    ltrim(trim(empl_id), '0') as officer_id,
    {{ text('employer_class') }} as employer_class,
    cast({{ try_cast('hours', 'numeric') }} * 60 as integer) as worked_minutes,
    {{ try_cast('work_date', 'date') }} as worked_on,
    {{ try_cast('posted', 'date') }} as known_on
from {{ source('raw', 'payroll_secondary_employment') }}
order by line_id, _row
