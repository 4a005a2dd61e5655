-- One row per officer with a current score and thing to know before a talk: each published score, each reason and family of the
-- current scores, and each notable event.
-- Point in time: events that were known at the as-of date of the current list, as the scores are.
-- Read by one officer, through governance.read_file() alone: it asks who may, and puts it on record.
{{ config(materialized='view') }}

with

-- Not materialized: one officer is asked for, and these would be everybody's on all lists.
scores as not materialized (
    select * from {{ ref('officer_scores') }}
),

current_scores as not materialized (
    select * from scores
    where list_status = 'current'
),

current_officers as (
    select
        officer_id,
        max(as_of_date) as as_of_date
    from current_scores
    group by officer_id
),

published as (
    select
        scores.officer_id,
        cast('score' as text) as part,
        scores.outcome,
        scores.as_of_date as on_date,
        scores.as_of_date as known_on,
        scores.rank as place,
        scores.list_status as label,
        case when scores.is_on_list then 'On the list' else 'Not on the list' end as words,
        scores.score as amount,
        cast(null as double precision) as typical_amount,
        cast(null as double precision) as contribution
    from scores
    where scores.list_status != 'withdrawn'
),

reasons as (
    select
        reasons.officer_id,
        cast('reason' as text) as part,
        reasons.outcome,
        reasons.as_of_date as on_date,
        reasons.as_of_date as known_on,
        reasons.reason_rank as place,
        reasons.direction as label,
        reasons.sentence as words,
        cast(reasons.feature_value as double precision) as amount,
        cast(reasons.typical_value as double precision) as typical_amount,
        reasons.contribution
    from {{ ref('worded_reasons') }} as reasons
    inner join current_scores
        on
            reasons.officer_id = current_scores.officer_id
            and reasons.as_of_date = current_scores.as_of_date
            and reasons.outcome = current_scores.outcome
            and reasons.scored_at = current_scores.scored_at
),

families as (
    select
        families.officer_id,
        cast('family' as text) as part,
        families.outcome,
        families.as_of_date as on_date,
        families.as_of_date as known_on,
        cast(null as integer) as place,
        families.family as label,
        cast(null as text) as words,
        cast(null as double precision) as amount,
        cast(null as double precision) as typical_amount,
        families.contribution
    from {{ ref('officer_score_families') }} as families
    inner join current_scores
        on
            families.officer_id = current_scores.officer_id
            and families.as_of_date = current_scores.as_of_date
            and families.outcome = current_scores.outcome
            and families.scored_at = current_scores.scored_at
),

events as (
    select
        events.officer_id,
        cast('event' as text) as part,
        cast(null as text) as outcome,
        events.happened_on as on_date,
        events.known_on,
        cast(null as integer) as place,
        events.event_type as label,
        nullif(concat_ws(' ', events.detail, case when disputed.event_id is not null then '(disputed, not decided yet)' end), '') as words,
        cast(null as double precision) as amount,
        cast(null as double precision) as typical_amount,
        cast(null as double precision) as contribution
    from {{ ref('officer_events') }} as events
    inner join current_officers
        on
            events.officer_id = current_officers.officer_id
            and events.known_on < current_officers.as_of_date
    left join {{ ref('disputed_records') }} as disputed
        on events.event_table = disputed.event_table and events.event_id = disputed.event_id
)

select * from published
union all
select * from reasons
union all
select * from families
union all
select * from events
