-- One row per officer and matter.
{{ config(enabled=is_supplied('criminal_matters')) }}

select
    cast(matter_id as text) as matter_id,
    cast(officer_id as text) as officer_id,
    cast(matter_type as text) as matter_type,
    cast(result as text) as result,
    cast(filed_on as date) as filed_on,
    cast(closed_on as date) as closed_on,
    cast(known_on as date) as known_on
from {{ mapped('criminal_matters') }}
where {{ still_stands('criminal_matters') }}
