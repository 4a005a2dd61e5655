-- One row per officer, as-of date, outcome, scoring, direction and reason: the measures that move the score most, in words.
-- Point in time: values as of the as-of date, as the model saw them; peers are those of that date.
-- Of every scoring, published or not: scores.officer_score_reasons shows what belongs to a published list.
{{ config(materialized='view') }}
{% set label = reason_label("coalesce(catalog.label, replace(reasons.feature_name, '_', ' '))", 'catalog.unit') -%}

with

reasons as (
    select * from {{ source('ml', 'reasons') }}
),

alternatives as (
    select * from {{ source('ml', 'alternatives') }}
    where kind = 'measure'
),

catalog as (
    select * from {{ ref('feature_catalog') }}
),

evidence as (
    select * from {{ ref('reason_evidence') }}
    where evidence_number = 1
),

worded as (
    select
        reasons.*,
        -- A feature that is computed no more keeps its reasons on lists that stand, by its name: <family>_<measure>_<window>.
        coalesce(catalog.family, split_part(reasons.feature_name, '_', 1)) as family,
        coalesce(catalog.scope, 'own') as scope,
        case when reasons.is_typical_of_peers then 'officers in comparable posts' else 'the whole department' end as compared_with,
        case when catalog.unit = 'minutes' then {{ in_hours(label) }} else {{ label }} end as label,
        {{ reason_value('reasons.feature_value', 'catalog.unit') }} as value_in_words,
        {{ reason_value('reasons.typical_value', 'catalog.unit') }} as typical_in_words,
        coalesce(evidence.n_evidence, 0) as n_evidence,
        alternatives.score as score_if_typical,
        alternatives.rank as rank_if_typical
    from reasons
    left join catalog
        on reasons.feature_name = catalog.feature_name
    left join alternatives
        on
            reasons.officer_id = alternatives.officer_id
            and reasons.as_of_date = alternatives.as_of_date
            and reasons.outcome = alternatives.outcome
            and reasons.scored_at = alternatives.scored_at
            and reasons.measure = alternatives.name
    left join evidence
        on
            reasons.officer_id = evidence.officer_id
            and reasons.as_of_date = evidence.as_of_date
            and reasons.outcome = evidence.outcome
            and reasons.scored_at = evidence.scored_at
            and reasons.direction = evidence.direction
            and reasons.reason_rank = evidence.reason_rank
)

select
    officer_id,
    as_of_date,
    outcome,
    scored_at,
    direction,
    reason_rank,
    label || ': ' || value_in_words || '; ' || compared_with || ': ' || typical_in_words
    || case direction when 'raises' then '. Raises the score.' else '. Lowers the score.' end as sentence,
    family,
    scope,
    measure,
    feature_name,
    compared_with,
    contribution,
    feature_value,
    typical_value,
    n_evidence,
    score_if_typical,
    rank_if_typical
from worded
