-- One row per outcome, model group, test date and list size: what a list of that size would have found, ties in expectation.

with

latest_selections as (
    select * from {{ ref('latest_selections') }}
),

curves as (
    select * from {{ source('ml', 'list_curves') }}
),

models as (
    select * from {{ source('ml', 'models') }}
),

evaluations as (
    select distinct
        experiment_id,
        model_id,
        n_cohort,
        n_positive
    from {{ source('ml', 'evaluations') }}
)

select
    models.outcome,
    models.model_group,
    models.model_group = latest_selections.model_group as is_selected,
    models.test_as_of_date,
    curves.list_size,
    cast(curves.list_size as double precision) / evaluations.n_cohort as list_share,
    curves.n_found,
    curves.n_found / curves.list_size as precision_at_size,
    curves.n_found / nullif(evaluations.n_positive, 0) as recall_at_size,
    curves.n_found / curves.list_size * evaluations.n_cohort / nullif(evaluations.n_positive, 0) as lift_at_size
from curves
inner join models
    on curves.model_id = models.model_id
inner join evaluations
    on
        curves.experiment_id = evaluations.experiment_id
        and curves.model_id = evaluations.model_id
inner join latest_selections
    on
        curves.experiment_id = latest_selections.experiment_id
        and models.outcome = latest_selections.outcome
where models.variation = ''
