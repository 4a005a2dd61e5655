-- One row per officer.

select
    cast(officer_id as text) as officer_id,
    cast(birth_year as integer) as birth_year,
    cast(race as text) as race,
    cast(sex as text) as sex,
    cast(education as text) as education,
    cast(has_military_service as boolean) as has_military_service,
    cast(is_separation_date_missing as boolean) as is_separation_date_missing,
    cast(hired_on as date) as hired_on,
    cast(separated_on as date) as separated_on
from {{ mapped('officers') }}
where {{ still_stands('officers') }}
