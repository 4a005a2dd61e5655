-- One row per officer, as-of date, outcome, direction and reason: the measures that move a published score most, in words.
{{ config(materialized='view') }}

with

scores as (
    select * from {{ ref('officer_scores') }}
),

lists as (
    select * from {{ source('governance', 'lists') }}
),

reasons as (
    select * from {{ ref('worded_reasons') }}
)

select
    reasons.officer_id,
    reasons.as_of_date,
    reasons.outcome,
    reasons.direction,
    reasons.reason_rank,
    reasons.sentence,
    reasons.family,
    reasons.scope,
    reasons.measure,
    reasons.feature_name,
    reasons.compared_with,
    reasons.contribution,
    reasons.feature_value,
    reasons.typical_value,
    case when scores.is_on_list then reasons.n_evidence end as n_evidence,
    reasons.score_if_typical,
    reasons.rank_if_typical,
    reasons.rank_if_typical > lists.n_on_list as leaves_list_if_typical,
    reasons.scored_at
from scores
inner join lists
    on scores.list_id = lists.list_id
inner join reasons
    on
        scores.officer_id = reasons.officer_id
        and scores.as_of_date = reasons.as_of_date
        and scores.outcome = reasons.outcome
        and scores.scored_at = reasons.scored_at
