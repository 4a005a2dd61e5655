-- One row per officer and outcome, of the current scores that the login may see: what a supervisor needs on one line.
-- Reading it is recorded like reading the scores, in governance.score_reads.
{{ config(materialized='view') }}
-- depends_on: {{ source('governance', 'published_scores') }}

with

current_lists as (
    select * from {{ source('governance', 'lists') }}
    where status = 'current'
),

rank_intervals as (
    select * from {{ source('ml', 'rank_intervals') }}
),

explanations as (
    select * from {{ source('ml', 'explanations') }}
),

published_scores as (
    select * from {{ source('governance', 'published_scores') }}
),

due_reviews as (
    select * from {{ source('governance', 'due_reviews') }}
),

reasons as (
    select * from {{ ref('worded_reasons') }}
    where direction = 'raises'
),

earlier_lists as (
    select * from {{ ref('earlier_lists') }}
)

select
    visible.officer_id,
    visible.full_name,
    visible.unit_id,
    visible.outcome,
    visible.as_of_date,
    visible.score,
    case
        when visible.percentile >= 0.99 then 'highest 1 %'
        when visible.percentile >= 0.95 then 'highest 5 %'
        when visible.percentile >= 0.90 then 'highest 10 %'
        when visible.percentile >= 0.75 then 'highest 25 %'
        else 'lower three quarters'
    end as score_band,
    visible.rank,
    visible.is_on_list,
    rank_intervals.certainty,
    rank_intervals.rank_lower,
    rank_intervals.rank_upper,
    explanations.rank_at_typical_assignment,
    reasons_1.sentence as first_reason,
    reasons_2.sentence as second_reason,
    reasons_3.sentence as third_reason,
    earlier_lists.earlier_as_of_date as previous_as_of_date,
    earlier_scores.rank as previous_rank,
    earlier_scores.is_on_list as was_on_list,
    visible.review_due_on,
    due_reviews.status as review_status,
    due_reviews.reviewed_on,
    visible.valid_until
from {{ read_on_record() }} as visible
inner join current_lists
    on visible.outcome = current_lists.outcome
inner join rank_intervals
    on
        visible.officer_id = rank_intervals.officer_id
        and current_lists.as_of_date = rank_intervals.as_of_date
        and current_lists.outcome = rank_intervals.outcome
        and current_lists.scored_at = rank_intervals.scored_at
inner join explanations
    on
        visible.officer_id = explanations.officer_id
        and current_lists.as_of_date = explanations.as_of_date
        and current_lists.outcome = explanations.outcome
        and current_lists.scored_at = explanations.scored_at
inner join earlier_lists
    on current_lists.list_id = earlier_lists.list_id
left join published_scores as earlier_scores
    on
        earlier_lists.earlier_list_id = earlier_scores.list_id
        and visible.officer_id = earlier_scores.officer_id
left join due_reviews
    on
        current_lists.list_id = due_reviews.list_id
        and visible.officer_id = due_reviews.officer_id
{% for place in range(1, 4) -%}
left join reasons as reasons_{{ place }}
    on
        reasons_{{ place }}.reason_rank = {{ place }}
        and visible.officer_id = reasons_{{ place }}.officer_id
        and current_lists.as_of_date = reasons_{{ place }}.as_of_date
        and current_lists.outcome = reasons_{{ place }}.outcome
        and current_lists.scored_at = reasons_{{ place }}.scored_at
{% endfor -%}
