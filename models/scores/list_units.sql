-- One row per published list and unit: how much work the list gives the unit's supervisors. No scores: units are not ranked by them.
{{ config(materialized='view', post_hook="{{ read_as_caller() }}") }}

select
    list_id,
    outcome,
    as_of_date,
    list_status,
    unit_id,
    cast(count(*) as integer) as n_officers,
    cast(count(*) filter (where is_on_list) as integer) as n_on_list,
    max(review_due_on) as review_due_on
from {{ ref('officer_scores') }}
group by list_id, outcome, as_of_date, list_status, unit_id
