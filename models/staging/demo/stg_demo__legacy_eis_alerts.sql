-- One row per alert of the threshold system.
-- Point in time: known on the day its record was created; the disposition, on the day it was given.

-- Repeated rows: the first one.
select distinct on (alert_id)
    trim(alert_id) as alert_id,
    ltrim(trim(emp), '0') as officer_id,
    {{ text('rule') }} as rule,
    {{ text('disposition') }} as disposition,
    {{ try_cast('raised', 'date') }} as raised_on,
    {{ try_cast('disposed', 'date') }} as disposed_on,
    {{ try_cast('created', 'date') }} as known_on
from {{ source('raw', 'legacy_eis_alerts') }}
order by alert_id, _row
