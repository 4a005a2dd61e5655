-- One row per outcome, as-of date and unit with listed officers: what became of the list there.
-- A view, because reviews come when supervisors make them, between runs.
{{ config(materialized='view') }}

with

due_reviews as (
    select * from {{ source('governance', 'due_reviews') }}
),

counted as (
    select
        outcome,
        as_of_date,
        coalesce(unit_id, 'unknown') as unit_id,
        max(review_due_on) as review_due_on,
        count(*) as n_listed,
        count(review_no) as n_reviewed,
        count(*) filter (where status = 'in time') as n_in_time,
        count(*) filter (where status = 'open') as n_open,
        count(*) filter (where status = 'overdue') as n_overdue,
        count(*) filter (where status = 'missed') as n_missed,
        count(*) filter (where agrees) as n_agreed,
        count(*) filter (where action <> 'none') as n_with_action,
        count(*) filter (where action = 'none') as n_dismissed
    from due_reviews
    group by outcome, as_of_date, coalesce(unit_id, 'unknown')
)

select
    outcome,
    as_of_date,
    unit_id,
    review_due_on,
    n_listed,
    n_reviewed,
    n_in_time,
    n_open,
    n_overdue,
    n_missed,
    n_agreed,
    n_with_action,
    n_dismissed,
    cast(n_reviewed as double precision) / n_listed as adoption_rate,
    cast(n_with_action as double precision) / nullif(n_reviewed, 0) as action_rate,
    cast(n_dismissed as double precision) / nullif(n_reviewed, 0) as dismissal_rate
from counted
