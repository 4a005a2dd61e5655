-- One row per officer and rank or pay step.
{{ config(enabled=is_supplied('ranks')) }}

select
    cast(rank_id as text) as rank_id,
    cast(officer_id as text) as officer_id,
    cast(rank as text) as rank,
    cast(rank_group as text) as rank_group,
    cast(pay_grade as text) as pay_grade,
    cast(annual_salary as numeric) as annual_salary,
    cast(effective_on as date) as effective_on,
    cast(known_on as date) as known_on
from {{ mapped('ranks') }}
where {{ still_stands('ranks') }}
