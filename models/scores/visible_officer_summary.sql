-- One row per officer and outcome, of the current scores that the login may see: what a supervisor needs on one line.
-- Reading it is recorded like reading the scores, in governance.score_reads.
{{ config(materialized='view') }}
-- depends_on: {{ source('governance', 'published_scores') }}

with

lists as (
    select * from {{ source('governance', 'lists') }}
),

rank_intervals as (
    select * from {{ source('ml', 'rank_intervals') }}
),

published_scores as (
    select * from {{ source('governance', 'published_scores') }}
),

reasons as (
    select * from {{ ref('worded_reasons') }}
    where direction = 'raises'
),

current_lists as (
    select * from lists
    where status = 'current'
),

-- The list before the current one, of an earlier as-of date.
earlier_lists as (
    select distinct on (current_lists.outcome)
        current_lists.outcome,
        lists.list_id,
        lists.as_of_date
    from current_lists
    inner join lists
        on
            current_lists.outcome = lists.outcome
            and current_lists.as_of_date > lists.as_of_date
    where lists.status != 'withdrawn'
    order by current_lists.outcome asc, lists.as_of_date desc, lists.list_id desc
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
    reasons_1.sentence as first_reason,
    reasons_2.sentence as second_reason,
    reasons_3.sentence as third_reason,
    earlier_lists.as_of_date as previous_as_of_date,
    earlier_scores.rank as previous_rank,
    earlier_scores.is_on_list as was_on_list,
    visible.review_due_on,
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
left join earlier_lists
    on visible.outcome = earlier_lists.outcome
left join published_scores as earlier_scores
    on
        earlier_lists.list_id = earlier_scores.list_id
        and visible.officer_id = earlier_scores.officer_id
{% for place in range(1, 4) -%}
left join reasons as reasons_{{ place }}
    on
        reasons_{{ place }}.reason_rank = {{ place }}
        and visible.officer_id = reasons_{{ place }}.officer_id
        and current_lists.as_of_date = reasons_{{ place }}.as_of_date
        and current_lists.outcome = reasons_{{ place }}.outcome
        and current_lists.scored_at = reasons_{{ place }}.scored_at
{% endfor -%}
