-- One row per alert of the threshold system.
-- Point in time: known on the day its record was created; the disposition, on the day it was given.

with

delivered as (

    select
        *,
        row_number() over (partition by alert_id order by _row) as copy
    from {{ source('raw', 'legacy_eis_alerts') }}

)

select
    trim(alert_id) as alert_id,
    ltrim(trim(emp), '0') as officer_id,
    {{ text('rule') }} as rule,
    {{ text('disposition') }} as disposition,
    {{ try_cast('raised', 'date') }} as raised_on,
    {{ try_cast('disposed', 'date') }} as disposed_on,
    {{ try_cast('created', 'date') }} as known_on
from delivered
where copy = 1
