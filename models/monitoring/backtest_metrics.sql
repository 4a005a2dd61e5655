-- One row per outcome, model group, test date, metric and parameter, of the latest complete experiment of each outcome.

with

evaluations as (
    select * from {{ source('ml', 'evaluations') }}
),

latest_experiment as (
    select distinct on (outcome)
        outcome,
        experiment_id
    from {{ source('ml', 'selections') }}
    order by outcome asc, selected_at desc
)

select
    evaluations.outcome,
    evaluations.model_group,
    evaluations.is_baseline,
    evaluations.test_as_of_date,
    evaluations.metric,
    evaluations.parameter,
    evaluations.value,
    evaluations.n_cohort,
    evaluations.n_positive
from evaluations
inner join latest_experiment
    on
        evaluations.outcome = latest_experiment.outcome
        and evaluations.experiment_id = latest_experiment.experiment_id
