-- One row per collision or pursuit.
-- Point in time: known on the day it was reported; the board's result, on the day of the board.

-- Repeated rows: the first one.
select distinct on (incident_id)
    trim(incident_id) as incident_id,
    trim(employee_no) as officer_id,
    {{ text('type') }} as incident_type,
    {{ text('injury') }} = 'y' as has_injury,
    {{ text('board_result') }} as board_result,
    nullif({{ try_cast('incident_date', 'date') }}, cast('1900-01-01' as date)) as occurred_on,
    {{ try_cast('board_date', 'date') }} as board_on,
    {{ try_cast('reported_date', 'date') }} as known_on
from {{ source('raw', 'fleet_incidents') }}
order by incident_id, _row
