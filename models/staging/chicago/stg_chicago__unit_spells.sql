-- One row per officer and spell in a unit; both days belong to the spell.
-- Point in time: a start is known on its day. The publisher ends every open spell on 2018-06-01, also those of officers
-- who left long before; such an end says nothing and is null here.

select
    split_part(uid, '.', 1) as officer_id,
    split_part(unit, '.', 1) as unit_id,
    {{ try_cast('unit_start_date', 'date') }} as started_on,
    nullif({{ try_cast('unit_end_date', 'date') }}, cast('2018-06-01' as date)) as last_day_on
from {{ source('raw', 'unit_history') }}
