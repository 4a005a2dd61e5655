-- One row per officer and course.
{{ config(enabled=is_supplied('training')) }}

select
    cast(training_id as text) as training_id,
    cast(officer_id as text) as officer_id,
    cast(course as text) as course,
    cast(hours as numeric) as hours,
    cast(is_passed as boolean) as is_passed,
    cast(completed_on as date) as completed_on,
    cast(known_on as date) as known_on
from {{ mapped('training') }}
where {{ still_stands('training') }}
