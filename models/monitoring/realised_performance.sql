-- One row per published list and horizon: what its scores said, and what came of it once the window was over and decided.
-- Of several lists for an as-of date the last one counts; one that was withdrawn was not used.
-- Point in time: scores as they were published; labels as they are known today, and counted only when none of the cohort is pending.

with

lists as (
    select distinct on (outcome, as_of_date)
        outcome,
        as_of_date,
        list_id,
        model_id
    from {{ source('governance', 'lists') }}
    where status <> 'withdrawn'
    order by outcome asc, as_of_date asc, list_id desc
),

models as (
    select * from {{ source('ml', 'models') }}
),

published_scores as (
    select * from {{ source('governance', 'published_scores') }}
),

labels as (
    select * from {{ ref('officer_labels') }}
),

precision_in_replay as (
    select
        outcome,
        model_group,
        parameter,
        avg(value) as replayed_precision
    from {{ ref('backtest_metrics') }}
    where metric = 'precision'
    group by outcome, model_group, parameter
),

counted as (
    select
        lists.outcome,
        lists.as_of_date,
        lists.list_id,
        lists.model_id,
        models.model_group,
        labels.horizon_months,
        labels.horizon_months = models.horizon_months as is_models_horizon,
        max(labels.window_end) as window_end,
        count(*) as n_cohort,
        count(*) filter (where labels.label_status = 'pending') as n_pending,
        count(*) filter (where labels.label_status = 'positive') as n_positive,
        count(*) filter (where published_scores.is_on_list) as n_listed,
        count(*) filter (where published_scores.is_on_list and labels.label_status = 'positive') as n_found,
        sum(published_scores.score) as n_expected,
        sum(published_scores.score) filter (where published_scores.is_on_list) as n_expected_on_list
    from lists
    inner join models
        on lists.model_id = models.model_id
    inner join published_scores
        on lists.list_id = published_scores.list_id
    inner join labels
        on
            lists.outcome = labels.outcome
            and lists.as_of_date = labels.as_of_date
            and published_scores.officer_id = labels.officer_id
    group by
        lists.outcome, lists.as_of_date, lists.list_id, lists.model_id, models.model_group, labels.horizon_months, models.horizon_months
)

select
    counted.list_id,
    counted.outcome,
    counted.as_of_date,
    counted.model_id,
    counted.model_group,
    counted.horizon_months,
    counted.is_models_horizon,
    counted.window_end,
    counted.n_pending = 0 as is_mature,
    cast(counted.n_cohort as integer) as n_cohort,
    cast(counted.n_pending as integer) as n_pending,
    cast(counted.n_listed as integer) as n_listed,
    cast(case when counted.n_pending = 0 then counted.n_positive end as integer) as n_positive,
    cast(case when counted.n_pending = 0 then counted.n_found end as integer) as n_found,
    case when counted.is_models_horizon then counted.n_expected end as n_expected,
    case when counted.is_models_horizon then counted.n_expected_on_list end as n_expected_on_list,
    case when counted.n_pending = 0 then cast(counted.n_found as double precision) / nullif(counted.n_listed, 0) end as precision_on_list,
    case
        when counted.n_pending = 0 then cast({{ fewest_of('counted.n_found', 'counted.n_listed') }} as double precision)
    end as precision_low,
    case
        when counted.n_pending = 0 then cast({{ most_of('counted.n_found', 'counted.n_listed') }} as double precision)
    end as precision_high,
    case when counted.n_pending = 0 then cast(counted.n_found as double precision) / nullif(counted.n_positive, 0) end as recall_of_list,
    case
        when counted.n_pending = 0
            then cast(counted.n_found as double precision) * counted.n_cohort / nullif(counted.n_listed * counted.n_positive, 0)
    end as lift_of_list,
    case when counted.is_models_horizon then precision_in_replay.replayed_precision end as replayed_precision
from counted
left join precision_in_replay
    on
        counted.outcome = precision_in_replay.outcome
        and counted.model_group = precision_in_replay.model_group
        and cast(counted.n_listed as text) = precision_in_replay.parameter
