-- One row per officer and incident, on the columns of `vehicle_incidents`.
-- Point in time: known when entered; whether it was preventable, from finding_on. Pursuits are not judged.

with

entries as (

    select *
    from {{ ref('int_county__entry_deputies') }}
    where entry_type in ('vehicle accident', 'pursuit')

)

select
    entry_officer_id as vehicle_incident_id,
    officer_id,
    case entry_type when 'pursuit' then 'pursuit' else 'accident' end as kind,
    case disposition when 'avoidable' then true when 'unavoidable' then false end as is_preventable,
    coalesce(has_injury, false) as has_injury,
    coalesce(cast(occurred_at as date), known_on) as occurred_on,
    disposed_on as finding_on,
    known_on
from entries
