-- One row per officer and criminal matter.
-- Point in time: known on the day it was opened in the system; the result, on the day of closing.

with

delivered as (

    select
        *,
        row_number() over (partition by matter_no order by _row) as copy
    from {{ source('raw', 'legal_criminal_matters') }}

)

select
    trim(matter_no) as matter_id,
    trim(employee_no) as officer_id,
    {{ text('on_duty') }} = 'yes' as is_on_duty,
    {{ text('result') }} as result,
    {{ try_cast('filed', 'date') }} as filed_on,
    {{ try_cast('closed', 'date') }} as closed_on,
    {{ try_cast('opened_in_system', 'date') }} as known_on
from delivered
where copy = 1
