-- One row per outcome, model group, test date, metric and parameter, of the latest complete experiment of each outcome.

with

evaluations as (
    select * from {{ source('ml', 'evaluations') }}
),

model_groups as (
    select * from {{ source('ml', 'model_groups') }}
),

latest_selections as (
    select * from {{ ref('latest_selections') }}
)

select
    evaluations.outcome,
    evaluations.model_group,
    evaluations.is_baseline,
    evaluations.model_group = latest_selections.model_group as is_selected,
    evaluations.test_as_of_date,
    evaluations.metric,
    evaluations.parameter,
    evaluations.value,
    evaluations.lower,
    evaluations.upper,
    evaluations.n_cohort,
    evaluations.n_positive
from evaluations
inner join model_groups
    on
        evaluations.experiment_id = model_groups.experiment_id
        and evaluations.model_group = model_groups.model_group
        -- Variations of the replay stand in their own table.
        and model_groups.kind <> 'variation'
inner join latest_selections
    on
        evaluations.outcome = latest_selections.outcome
        and evaluations.experiment_id = latest_selections.experiment_id
