-- One row per outcome, model group, what it is compared with, metric and parameter: means over the test dates, or differences of them.

with

latest_selections as (
    select * from {{ ref('latest_selections') }}
),

comparisons as (
    select * from {{ source('ml', 'comparisons') }}
),

model_groups as (
    select * from {{ source('ml', 'model_groups') }}
)

select
    comparisons.outcome,
    comparisons.model_group,
    coalesce(model_groups.kind, 'selected') as kind,
    comparisons.compared_with,
    comparisons.metric,
    comparisons.parameter,
    comparisons.n_dates,
    comparisons.value,
    comparisons.lower,
    comparisons.upper
from comparisons
inner join latest_selections
    on comparisons.selection_id = latest_selections.selection_id
left join model_groups
    on
        comparisons.experiment_id = model_groups.experiment_id
        and comparisons.model_group = model_groups.model_group
where coalesce(model_groups.kind, 'selected') <> 'variation'
