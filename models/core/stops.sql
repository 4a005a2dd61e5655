-- One row per stop and officer.
{{ config(enabled=is_supplied('stops')) }}

select
    cast(stop_officer_id as text) as stop_officer_id,
    cast(stop_id as text) as stop_id,
    cast(officer_id as text) as officer_id,
    cast(kind as text) as kind,
    cast(reason as text) as reason,
    cast(outcome as text) as outcome,
    cast(beat as text) as beat,
    cast(subject_race as text) as subject_race,
    cast(subject_sex as text) as subject_sex,
    cast(subject_age_band as text) as subject_age_band,
    cast(is_searched as boolean) as is_searched,
    cast(is_contraband_found as boolean) as is_contraband_found,
    cast(is_force_used as boolean) as is_force_used,
    cast(stopped_at as timestamp) as stopped_at,
    cast(known_on as date) as known_on
from {{ mapped('stops') }}
where {{ still_stands('stops') }}
