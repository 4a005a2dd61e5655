-- One row per officer and criminal matter.
-- Point in time: known on the day it was opened in the system; the result, on the day of closing.

-- Repeated rows: the first one.
select distinct on (matter_no)
    trim(matter_no) as matter_id,
    trim(employee_no) as officer_id,
    {{ text('on_duty') }} = 'yes' as is_on_duty,
    {{ text('result') }} as result,
    {{ try_cast('filed', 'date') }} as filed_on,
    {{ try_cast('closed', 'date') }} as closed_on,
    {{ try_cast('opened_in_system', 'date') }} as known_on
from {{ source('raw', 'legal_criminal_matters') }}
order by matter_no, _row
