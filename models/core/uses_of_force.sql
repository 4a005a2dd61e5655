-- One row per officer, incident and subject.
{{ config(enabled=is_supplied('uses_of_force')) }}

select
    cast(force_id as text) as force_id,
    cast(incident_id as text) as incident_id,
    cast(officer_id as text) as officer_id,
    cast(force_type as text) as force_type,
    cast(resistance as text) as resistance,
    cast(beat as text) as beat,
    cast(location_type as text) as location_type,
    cast(subject_race as text) as subject_race,
    cast(subject_sex as text) as subject_sex,
    cast(finding as text) as finding,
    cast(force_level as integer) as force_level,
    cast(subject_age as integer) as subject_age,
    cast(is_subject_injured as boolean) as is_subject_injured,
    cast(is_officer_injured as boolean) as is_officer_injured,
    cast(is_subject_armed as boolean) as is_subject_armed,
    cast(is_firearm_used as boolean) as is_firearm_used,
    cast(is_taser_used as boolean) as is_taser_used,
    cast(is_in_uniform as boolean) as is_in_uniform,
    cast(is_on_duty as boolean) as is_on_duty,
    cast(is_indoors as boolean) as is_indoors,
    cast(is_night as boolean) as is_night,
    cast(occurred_on as date) as occurred_on,
    cast(finding_on as date) as finding_on,
    cast(known_on as date) as known_on
from {{ mapped('uses_of_force') }}
where {{ still_stands('uses_of_force') }}
