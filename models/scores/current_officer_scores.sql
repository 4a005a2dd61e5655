-- One row per officer and outcome: the score that is valid today. Empty, rather than stale, once scores have expired.
{{ config(materialized='view') }}

with

officer_scores as (
    select * from {{ ref('officer_scores') }}
),

latest as (
    select
        outcome,
        max(as_of_date) as as_of_date
    from officer_scores
    group by outcome
)

select officer_scores.*
from officer_scores
inner join latest
    on
        officer_scores.outcome = latest.outcome
        and officer_scores.as_of_date = latest.as_of_date
where officer_scores.valid_until >= current_date
