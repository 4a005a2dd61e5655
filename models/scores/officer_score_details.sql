-- One row per officer, as-of date and outcome: what a published score is made of, and how sure its place on the list is.
{{ config(materialized='view') }}

with

scores as (
    select * from {{ ref('officer_scores') }}
),

explanations as (
    select * from {{ source('ml', 'explanations') }}
),

rank_intervals as (
    select * from {{ source('ml', 'rank_intervals') }}
)

select
    scores.officer_id,
    scores.as_of_date,
    scores.outcome,
    scores.score,
    scores.rank,
    scores.is_on_list,
    rank_intervals.certainty,
    rank_intervals.on_list_share,
    rank_intervals.rank_lower,
    rank_intervals.rank_upper,
    explanations.base_log_odds,
    explanations.log_odds_own,
    explanations.log_odds_context,
    explanations.score_at_typical_assignment,
    explanations.rank_at_typical_assignment,
    scores.scored_at
from scores
inner join explanations
    on
        scores.officer_id = explanations.officer_id
        and scores.as_of_date = explanations.as_of_date
        and scores.outcome = explanations.outcome
        and scores.scored_at = explanations.scored_at
inner join rank_intervals
    on
        scores.officer_id = rank_intervals.officer_id
        and scores.as_of_date = rank_intervals.as_of_date
        and scores.outcome = rank_intervals.outcome
        and scores.scored_at = rank_intervals.scored_at
