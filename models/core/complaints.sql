-- One row per officer and allegation.
{{ config(enabled=is_supplied('complaints')) }}

select
    cast(allegation_id as text) as allegation_id,
    cast(complaint_id as text) as complaint_id,
    cast(officer_id as text) as officer_id,
    cast(origin as text) as origin,
    cast(category as text) as category,
    cast(severity as text) as severity,
    cast(beat as text) as beat,
    cast(finding as text) as finding,
    cast(discipline as text) as discipline,
    cast(discipline_days as integer) as discipline_days,
    cast(complainant_count as integer) as complainant_count,
    cast(has_black_complainant as boolean) as has_black_complainant,
    cast(has_female_complainant as boolean) as has_female_complainant,
    cast(incident_on as date) as incident_on,
    cast(reported_on as date) as reported_on,
    cast(closed_on as date) as closed_on,
    cast(known_on as date) as known_on
from {{ mapped('complaints') }}
where {{ still_stands('complaints') }}
