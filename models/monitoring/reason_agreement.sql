-- One row per outcome and measure that raised the score of a reviewed officer: how often reviewers found that it holds.
-- A view, because reviews come when supervisors make them, between runs. Of several reviews of an officer for a list the last one counts.
{{ config(materialized='view') }}

with

due_reviews as (
    select * from {{ source('governance', 'due_reviews') }}
),

reasons as (
    select * from {{ source('governance', 'review_reasons') }}
)

select
    due_reviews.outcome,
    reasons.measure,
    count(*) as n_judged,
    count(*) filter (where reasons.agrees) as n_held,
    cast(count(*) filter (where reasons.agrees) as double precision) / count(*) as share_held
from due_reviews
inner join reasons
    on due_reviews.review_no = reasons.review_no
group by due_reviews.outcome, reasons.measure
