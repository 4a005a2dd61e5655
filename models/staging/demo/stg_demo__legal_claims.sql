-- One row per officer and civil claim.
-- Point in time: known on the day it was opened in the system; result and amount, on the day of closing.

-- Repeated rows: the first one.
select distinct on (matter_no)
    trim(matter_no) as matter_id,
    trim(employee_no) as officer_id,
    {{ text('matter_type') }} as matter_type,
    {{ text('result') }} as result,
    {{ try_cast('amount_paid', 'numeric') }} as paid_amount,
    {{ try_cast('filed', 'date') }} as filed_on,
    {{ try_cast('closed', 'date') }} as closed_on,
    {{ try_cast('opened_in_system', 'date') }} as known_on
from {{ source('raw', 'legal_claims') }}
order by matter_no, _row
