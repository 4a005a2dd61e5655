-- One row per outcome, variation of the replay, metric and parameter: what the reference candidate would have given under one other
-- setting, on the test dates that both have.

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
    model_groups.variation,
    model_groups.why,
    comparisons.compared_with as reference,
    comparisons.metric,
    comparisons.parameter,
    comparisons.n_dates,
    comparisons.value as difference,
    comparisons.lower,
    comparisons.upper
from comparisons
inner join latest_selections
    on comparisons.selection_id = latest_selections.selection_id
inner join model_groups
    on
        comparisons.experiment_id = model_groups.experiment_id
        and comparisons.model_group = model_groups.model_group
where
    model_groups.kind = 'variation'
    and comparisons.compared_with <> ''
