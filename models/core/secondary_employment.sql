-- One row per officer and day of outside work.
{{ config(enabled=is_supplied('secondary_employment')) }}

select
    cast(stint_id as text) as stint_id,
    cast(officer_id as text) as officer_id,
    cast(employer_type as text) as employer_type,
    cast(worked_minutes as integer) as worked_minutes,
    cast(worked_on as date) as worked_on,
    cast(known_on as date) as known_on
from {{ mapped('secondary_employment') }}
where {{ still_stands('secondary_employment') }}
