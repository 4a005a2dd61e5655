-- One row per officer, as-of date, outcome and feature of the model: its part in the score. A view: filter by officer or by list.
-- The parts and the base sum to the log-odds of the score.
{{ config(materialized='view') }}

with

scores as (
    select * from {{ ref('officer_scores') }}
),

explanations as (
    select * from {{ source('ml', 'explanations') }}
),

models as (
    select * from {{ source('ml', 'models') }}
)

select
    scores.officer_id,
    scores.as_of_date,
    scores.outcome,
    parts.feature_name,
    parts.contribution,
    scores.scored_at
from scores
inner join explanations
    on
        scores.officer_id = explanations.officer_id
        and scores.as_of_date = explanations.as_of_date
        and scores.outcome = explanations.outcome
        and scores.scored_at = explanations.scored_at
inner join models
    on scores.model_id = models.model_id
cross join lateral unnest(models.features, explanations.contributions) as parts (feature_name, contribution)
