-- One row per published list: how often lists of this size by the model's group were right when the past was replayed, means over the
-- test dates of the experiment in which the group was last chosen.
{{ config(materialized='view') }}

with

lists as (
    select * from {{ source('governance', 'lists') }}
),

models as (
    select * from {{ source('ml', 'models') }}
),

latest_choices as (
    select distinct on (outcome, model_group)
        outcome,
        model_group,
        selection_id,
        experiment_id
    from {{ source('ml', 'selections') }}
    order by outcome asc, model_group asc, selected_at desc
),

evaluations as (
    select * from {{ source('ml', 'evaluations') }}
    where metric in ('precision', 'recall')
),

-- Over drawn officers, each with all test dates: the same officer may stand on several of the lists.
intervals as (
    select * from {{ source('ml', 'comparisons') }}
    where metric = 'precision' and compared_with = ''
)

select
    lists.list_id,
    lists.outcome,
    lists.as_of_date,
    lists.n_on_list,
    models.horizon_months,
    cast(count(distinct evaluations.test_as_of_date) as integer) as n_test_dates,
    min(evaluations.test_as_of_date) as first_test_date,
    max(evaluations.test_as_of_date) as last_test_date,
    avg(evaluations.value) filter (where evaluations.metric = 'precision') as precision_of_lists,
    avg(evaluations.value) filter (where evaluations.metric = 'recall') as recall_of_lists,
    avg(cast(evaluations.n_positive as double precision) / evaluations.n_cohort) as base_rate,
    intervals.lower as precision_low,
    intervals.upper as precision_high
from lists
inner join models
    on lists.model_id = models.model_id
left join latest_choices
    on
        models.outcome = latest_choices.outcome
        and models.model_group = latest_choices.model_group
left join evaluations
    on
        latest_choices.experiment_id = evaluations.experiment_id
        and latest_choices.outcome = evaluations.outcome
        and latest_choices.model_group = evaluations.model_group
        and evaluations.parameter = cast(lists.n_on_list as text)
left join intervals
    on
        latest_choices.selection_id = intervals.selection_id
        and latest_choices.model_group = intervals.model_group
        and intervals.parameter = cast(lists.n_on_list as text)
group by
    lists.list_id,
    lists.outcome,
    lists.as_of_date,
    lists.n_on_list,
    models.horizon_months,
    intervals.lower,
    intervals.upper
