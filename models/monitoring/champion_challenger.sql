-- One row per outcome, champion, contender and published list, and one for all matured lists together: what the list found, beside what
-- others would have found on lists of equal size. The champion is the group of the model that scored the published list; contenders are
-- that list itself, the threshold system, and challengers that scored in shadow.
-- Equal numbers of rules are resolved in expectation. Intervals are those of a resample of officers, each with all of its lists.
-- Point in time: published scores, shadow scores and rules as they stood at the as-of date; labels only where none of the list is pending.
{{ config(post_hook="{{ enter('propose_challengers') }}") }}

with

performance as (
    select * from {{ ref('realised_performance') }}
    where is_models_horizon
),

published_scores as (
    select * from {{ source('governance', 'published_scores') }}
),

-- Of a group, the model that scored the month last: a corrected fact trains another one, and what the one before said stays in `ml`.
shadow_scorings as (
    select distinct on (scorings.outcome, scorings.as_of_date, models.model_group)
        scorings.outcome,
        scorings.as_of_date,
        scorings.model_id,
        scorings.scored_at,
        models.model_group
    from {{ source('ml', 'shadow_scorings') }} as scorings
    inner join {{ source('ml', 'models') }} as models
        on scorings.model_id = models.model_id
    order by scorings.outcome asc, scorings.as_of_date asc, models.model_group asc, scorings.scored_at desc, scorings.model_id desc
),

shadow_scores as (
    select
        shadow_scores.outcome,
        shadow_scores.as_of_date,
        shadow_scores.officer_id,
        shadow_scores.rank,
        shadow_scores.model_id,
        shadow_scorings.model_group
    from shadow_scorings
    inner join {{ source('ml', 'shadow_scores') }} as shadow_scores
        on
            shadow_scorings.outcome = shadow_scores.outcome
            and shadow_scorings.as_of_date = shadow_scores.as_of_date
            and shadow_scorings.model_id = shadow_scores.model_id
            and shadow_scorings.scored_at = shadow_scores.scored_at
),

rules as (
    select * from {{ source('governance', 'challenger_rules') }}
),

-- Everybody who was scored for a list, with what came of it.
scored as (
    select
        performance.list_id,
        performance.outcome,
        performance.as_of_date,
        performance.model_group as champion,
        performance.is_mature,
        performance.n_listed as list_size,
        performance.n_cohort,
        performance.n_positive,
        published_scores.officer_id,
        case when published_scores.is_on_list then 1 else 0 end as is_published,
        labels.label_value,
        threshold_flags.n_rules_triggered
    from performance
    inner join published_scores
        on performance.list_id = published_scores.list_id
    inner join {{ ref('officer_labels') }} as labels
        on
            performance.outcome = labels.outcome
            and performance.as_of_date = labels.as_of_date
            and performance.horizon_months = labels.horizon_months
            and published_scores.officer_id = labels.officer_id
    left join {{ ref('threshold_flags') }} as threshold_flags
        on
            published_scores.officer_id = threshold_flags.officer_id
            and performance.as_of_date = threshold_flags.as_of_date
),

-- Places that are left for officers with as many rules as this one, over how many they are.
by_rules as (
    select
        list_id,
        n_rules_triggered,
        greatest(least(list_size - (sum(count(*)) over preceding_rules - count(*)), count(*)), 0)
        / cast(count(*) as double precision) as share_listed
    from scored
    group by list_id, list_size, n_rules_triggered
    window preceding_rules as (partition by list_id order by coalesce(n_rules_triggered, 0) desc)
),

flagged as (
    select
        scored.*,
        'published' as contender,
        'published' as contender_kind,
        cast(null as text) as contender_model_id,
        cast(scored.is_published as double precision) as weight
    from scored
    union all
    {% if var('threshold_rules') -%}
    select
        scored.*,
        'threshold_system' as contender,
        'threshold system' as contender_kind,
        cast(null as text) as contender_model_id,
        by_rules.share_listed as weight
    from scored
    inner join by_rules
        on
            scored.list_id = by_rules.list_id
            and scored.n_rules_triggered = by_rules.n_rules_triggered
    union all
    {% endif -%}
    select
        scored.*,
        shadow_scores.model_group as contender,
        'challenger' as contender_kind,
        shadow_scores.model_id as contender_model_id,
        case when shadow_scores.rank <= scored.list_size then 1.0 else 0.0 end as weight
    from scored
    inner join shadow_scores
        on
            scored.outcome = shadow_scores.outcome
            and scored.as_of_date = shadow_scores.as_of_date
            and scored.officer_id = shadow_scores.officer_id
    where scored.champion <> shadow_scores.model_group
),

-- How many more of the officers with the outcome the contender has on the list, officer by officer.
differences as (
    select
        *,
        label_value * weight as found,
        label_value * is_published as found_by_published,
        label_value * (weight - is_published) as more
    from flagged
),

by_list as (
    select
        outcome,
        champion,
        contender,
        contender_kind,
        max(contender_model_id) as contender_model_id,
        as_of_date,
        is_mature,
        1 as n_lists,
        max(list_size) as list_size,
        max(n_cohort) as n_cohort,
        max(n_positive) as n_positive,
        sum(found) as found,
        sum(found_by_published) as found_by_published,
        sum(more) as found_more,
        sqrt(greatest(sum(more * more) - sum(more) * sum(more) / count(*), 0)) as error
    from differences
    group by outcome, champion, contender, contender_kind, list_id, as_of_date, is_mature
),

by_officer as (
    select
        outcome,
        champion,
        contender,
        officer_id,
        sum(more) as more
    from differences
    where is_mature
    group by outcome, champion, contender, officer_id
),

-- An officer who stands in many lists is one officer.
errors as (
    select
        outcome,
        champion,
        contender,
        sqrt(greatest(sum(more * more) - sum(more) * sum(more) / count(*), 0)) as error
    from by_officer
    group by outcome, champion, contender
),

latest_models as (
    select distinct on (outcome, champion, contender)
        outcome,
        champion,
        contender,
        contender_model_id
    from by_list
    order by outcome asc, champion asc, contender asc, as_of_date desc
),

together as (
    select
        by_list.outcome,
        by_list.champion,
        by_list.contender,
        by_list.contender_kind,
        latest_models.contender_model_id,
        cast(null as date) as as_of_date,
        true as is_mature,
        count(*) as n_lists,
        sum(by_list.list_size) as list_size,
        sum(by_list.n_cohort) as n_cohort,
        sum(by_list.n_positive) as n_positive,
        sum(by_list.found) as found,
        sum(by_list.found_by_published) as found_by_published,
        sum(by_list.found_more) as found_more,
        max(errors.error) as error
    from by_list
    inner join errors
        on
            by_list.outcome = errors.outcome
            and by_list.champion = errors.champion
            and by_list.contender = errors.contender
    inner join latest_models
        on
            by_list.outcome = latest_models.outcome
            and by_list.champion = latest_models.champion
            and by_list.contender = latest_models.contender
    where by_list.is_mature
    group by by_list.outcome, by_list.champion, by_list.contender, by_list.contender_kind, latest_models.contender_model_id
),

standings as (
    select * from by_list
    union all
    select * from together
),

told as (
    select
        *,
        case when is_mature and contender_kind <> 'published' then found_more end as more,
        case when is_mature and contender_kind <> 'published' then found_more - 1.96 * error end as more_low,
        case when is_mature and contender_kind <> 'published' then found_more + 1.96 * error end as more_high
    from standings
)

select
    told.outcome,
    told.champion,
    told.contender,
    told.contender_kind,
    told.contender_model_id,
    told.as_of_date,
    told.is_mature,
    cast(told.n_lists as integer) as n_lists,
    cast(told.list_size as integer) as list_size,
    cast(case when told.is_mature then told.n_positive end as integer) as n_positive,
    cast(case when told.is_mature then told.found end as double precision) as n_found,
    cast(case when told.is_mature then told.found / nullif(told.list_size, 0) end as double precision) as precision_on_list,
    cast(
        case when told.is_mature then told.found * told.n_cohort / nullif(told.list_size * told.n_positive, 0) end as double precision
    ) as lift_of_list,
    cast(told.more as double precision) as found_more,
    cast(told.more_low as double precision) as found_more_low,
    cast(told.more_high as double precision) as found_more_high,
    cast(told.more / nullif(told.found_by_published, 0) as double precision) as gain,
    coalesce(
        told.as_of_date is null
        and told.contender_kind = 'challenger'
        and told.n_lists >= rules.min_lists
        and told.more_low > 0
        and told.more >= rules.min_gain * told.found_by_published,
        false
    ) as is_winning
from told
left join rules
    on true
