-- One row per award.
-- Point in time: known on the day it was entered.

-- Repeated rows: the first one.
select distinct on (award_no)
    trim(award_no) as award_id,
    trim(employee_no) as officer_id,
    {{ text('award_code') }} as award_code,
    {{ try_cast('award_date', 'date') }} as awarded_on,
    {{ try_cast('entered_on', 'date') }} as known_on
from {{ source('raw', 'hr_commendations') }}
order by award_no, _row
