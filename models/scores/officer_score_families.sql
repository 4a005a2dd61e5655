-- One row per officer, as-of date, outcome and family of features: its part in the score.
-- The parts and the base sum to the log-odds of the score.
{{ config(materialized='view') }}

with

scores as (
    select * from {{ ref('officer_scores') }}
),

explanations as (
    select * from {{ source('ml', 'explanations') }}
),

certainty as (
    select * from {{ source('ml', 'list_certainty') }}
),

alternatives as (
    select * from {{ source('ml', 'alternatives') }}
    where kind = 'family'
),

lists as (
    select * from {{ source('governance', 'lists') }}
)

select
    scores.officer_id,
    scores.as_of_date,
    scores.outcome,
    parts.family,
    parts.contribution,
    alternatives.score as score_if_typical,
    alternatives.rank as rank_if_typical,
    alternatives.rank > lists.n_on_list as leaves_list_if_typical,
    scores.scored_at
from scores
inner join lists
    on scores.list_id = lists.list_id
inner join explanations
    on
        scores.officer_id = explanations.officer_id
        and scores.as_of_date = explanations.as_of_date
        and scores.outcome = explanations.outcome
        and scores.scored_at = explanations.scored_at
inner join certainty
    on
        scores.as_of_date = certainty.as_of_date
        and scores.outcome = certainty.outcome
        and scores.scored_at = certainty.scored_at
cross join lateral unnest(certainty.families, explanations.family_contributions) as parts (family, contribution)
left join alternatives
    on
        scores.officer_id = alternatives.officer_id
        and scores.as_of_date = alternatives.as_of_date
        and scores.outcome = alternatives.outcome
        and scores.scored_at = alternatives.scored_at
        and parts.family = alternatives.name
