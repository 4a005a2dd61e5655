-- One row per intervention given.
{{ config(enabled=is_supplied('interventions')) }}

select
    cast(intervention_id as text) as intervention_id,
    cast(officer_id as text) as officer_id,
    cast(kind as text) as kind,
    cast(prompted_by as text) as prompted_by,
    cast(outcome as text) as outcome,
    cast(started_on as date) as started_on,
    cast(ended_on as date) as ended_on,
    cast(known_on as date) as known_on
from {{ mapped('interventions') }}
where {{ still_stands('interventions') }}
