-- One row per intervention given.
-- Point in time: known on the day it was entered; the outcome, on the last day.

-- Repeated rows: the first one.
select distinct on (intervention_id)
    trim(intervention_id) as intervention_id,
    trim(employee_no) as officer_id,
    {{ text('kind') }} as kind,
    {{ text('prompted_by') }} as prompted_by,
    {{ text('outcome') }} as outcome,
    {{ try_cast('started_on', 'date') }} as started_on,
    {{ try_cast('ended_on', 'date') }} as ended_on,
    {{ try_cast('entered_on', 'date') }} as known_on
from {{ source('raw', 'eis_interventions') }}
order by intervention_id, _row
