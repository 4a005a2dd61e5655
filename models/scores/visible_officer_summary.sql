-- One row per officer and outcome, of the current scores that the login may see: what a supervisor needs on one line.
-- Reading it is recorded like reading the scores, in governance.score_reads.
{{ config(materialized='view') }}
-- depends_on: {{ source('governance', 'published_scores') }}

with

current_lists as (
    select
        lists.list_id,
        lists.outcome,
        lists.as_of_date,
        lists.scored_at,
        earlier_lists.earlier_list_id,
        earlier_lists.earlier_as_of_date
    from {{ source('governance', 'lists') }} as lists
    inner join {{ ref('earlier_lists') }} as earlier_lists
        on lists.list_id = earlier_lists.list_id
    where lists.status = 'current'
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

worded_reasons as (
    select * from {{ ref('worded_reasons') }}
),

-- `offset 0` keeps PostgreSQL from joining all reviews of all lists first, and picking those of the current lists after.
current_reviews as (
    select due_reviews.*
    from current_lists
    cross join
        lateral (
            select of_one_list.*
            from {{ source('governance', 'due_reviews') }} as of_one_list
            where
                current_lists.outcome = of_one_list.outcome
                and current_lists.as_of_date = of_one_list.as_of_date
            order by of_one_list.outcome
            offset 0
        ) as due_reviews
),

-- Materialized: read, and put on record, once. The planner cannot know how many officers a login may see, takes them for few after some
-- joins, and would go through all reviews for each of them.
listed as materialized (
    select
        visible.*,
        current_reviews.status as review_status,
        current_reviews.reviewed_on
    from {{ read_on_record(listed=true) }} as visible
    left join current_reviews
        on
            visible.outcome = current_reviews.outcome
            and visible.officer_id = current_reviews.officer_id
),

others as materialized (
    select * from {{ read_on_record(listed=false) }}
),

-- Two readings with a constant each: who asks for `is_on_list` reads, and puts on record, nobody else. Only listed officers are to be
-- reviewed.
visible as (
    {% for is_on_list, reading in [(true, 'listed'), (false, 'others')] -%}
    select
        officer_id,
        full_name,
        unit_id,
        outcome,
        as_of_date,
        score,
        percentile,
        rank,
        {{ is_on_list | lower }} as is_on_list,
        review_due_on,
        {{ 'review_status' if is_on_list else 'cast(null as text) as review_status' }},
        {{ 'reviewed_on' if is_on_list else 'cast(null as date) as reviewed_on' }},
        valid_until
    from {{ reading }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
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
    reasons.first_reason,
    reasons.second_reason,
    reasons.third_reason,
    current_lists.earlier_as_of_date as previous_as_of_date,
    earlier_scores.rank as previous_rank,
    earlier_scores.is_on_list as was_on_list,
    visible.review_due_on,
    visible.review_status,
    visible.reviewed_on,
    visible.valid_until
from visible
inner join current_lists
    on
        visible.outcome = current_lists.outcome
        and visible.as_of_date = current_lists.as_of_date
inner join rank_intervals
    on
        visible.officer_id = rank_intervals.officer_id
        and visible.as_of_date = rank_intervals.as_of_date
        and visible.outcome = rank_intervals.outcome
        and current_lists.scored_at = rank_intervals.scored_at
inner join explanations
    on
        visible.officer_id = explanations.officer_id
        and visible.as_of_date = explanations.as_of_date
        and visible.outcome = explanations.outcome
        and current_lists.scored_at = explanations.scored_at
left join published_scores as earlier_scores
    on
        current_lists.earlier_list_id = earlier_scores.list_id
        and visible.officer_id = earlier_scores.officer_id
-- Officer by officer along the key of reasons: putting those of all officers and lists into words takes minutes.
left join
    lateral (
        select
            max(worded_reasons.sentence) filter (where worded_reasons.reason_rank = 1) as first_reason,
            max(worded_reasons.sentence) filter (where worded_reasons.reason_rank = 2) as second_reason,
            max(worded_reasons.sentence) filter (where worded_reasons.reason_rank = 3) as third_reason
        from worded_reasons
        where
            worded_reasons.direction = 'raises'
            and worded_reasons.reason_rank <= 3
            and visible.officer_id = worded_reasons.officer_id
            and current_lists.as_of_date = worded_reasons.as_of_date
            and current_lists.outcome = worded_reasons.outcome
            and current_lists.scored_at = worded_reasons.scored_at
    ) as reasons
    on true
