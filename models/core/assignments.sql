-- One row per officer, unit and period.

select
    cast(assignment_id as text) as assignment_id,
    cast(officer_id as text) as officer_id,
    cast(unit_id as text) as unit_id,
    cast(unit_name as text) as unit_name,
    cast(unit_type as text) as unit_type,
    cast(division as text) as division,
    cast(shift as text) as shift,
    cast(beat as text) as beat,
    cast(supervisor_id as text) as supervisor_id,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to,
    cast(known_on as date) as known_on
from {{ mapped('assignments') }}
where {{ still_stands('assignments') }}
