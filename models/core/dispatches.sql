-- One row per call and officer.
{{ config(enabled=is_supplied('dispatches')) }}

select
    cast(dispatch_id as text) as dispatch_id,
    cast(call_id as text) as call_id,
    cast(officer_id as text) as officer_id,
    cast(call_type as text) as call_type,
    cast(stress_category as text) as stress_category,
    cast(beat as text) as beat,
    cast(priority as integer) as priority,
    cast(is_officer_initiated as boolean) as is_officer_initiated,
    cast(handling_minutes as integer) as handling_minutes,
    cast(dispatched_at as timestamp) as dispatched_at,
    cast(known_on as date) as known_on
from {{ mapped('dispatches') }}
where {{ still_stands('dispatches') }}
