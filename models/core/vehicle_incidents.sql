-- One row per officer and incident.
{{ config(enabled=is_supplied('vehicle_incidents')) }}

select
    cast(vehicle_incident_id as text) as vehicle_incident_id,
    cast(officer_id as text) as officer_id,
    cast(kind as text) as kind,
    cast(is_preventable as boolean) as is_preventable,
    cast(has_injury as boolean) as has_injury,
    cast(occurred_on as date) as occurred_on,
    cast(finding_on as date) as finding_on,
    cast(known_on as date) as known_on
from {{ mapped('vehicle_incidents') }}
where {{ still_stands('vehicle_incidents') }}
