-- One row per outcome, candidate, kind of change and list: how much of a list stays from one replay date to the next, or when the model is
-- trained on other officers drawn from the same ones.

with

latest_selections as (
    select * from {{ ref('latest_selections') }}
),

list_overlaps as (
    select * from {{ source('ml', 'list_overlaps') }}
),

resamples as (
    select * from {{ source('ml', 'training_resamples') }}
),

models as (
    select * from {{ source('ml', 'models') }}
),

experiment_models as (
    select * from {{ source('ml', 'experiment_models') }}
),

from_date_to_date as (
    select
        list_overlaps.outcome,
        list_overlaps.model_group,
        list_overlaps.model_group = latest_selections.model_group as is_selected,
        list_overlaps.parameter,
        list_overlaps.overlap,
        list_overlaps.rank_correlation
    from list_overlaps
    inner join latest_selections
        on
            list_overlaps.experiment_id = latest_selections.experiment_id
            and list_overlaps.outcome = latest_selections.outcome
),

under_resampling as (
    select
        models.outcome,
        models.model_group,
        models.model_group = latest_selections.model_group as is_selected,
        resamples.parameter,
        resamples.overlap,
        resamples.rank_correlation
    from resamples
    inner join models
        on resamples.model_id = models.model_id
    inner join experiment_models
        on resamples.model_id = experiment_models.model_id
    inner join latest_selections
        on
            experiment_models.experiment_id = latest_selections.experiment_id
            and models.outcome = latest_selections.outcome
),

all_pairs as (
    select
        'next date' as compared_with,
        from_date_to_date.*
    from from_date_to_date
    union all
    select
        'other training officers' as compared_with,
        under_resampling.*
    from under_resampling
)

select
    outcome,
    model_group,
    is_selected,
    compared_with,
    parameter,
    cast(count(*) as integer) as n_pairs,
    avg(overlap) as mean_overlap,
    min(overlap) as least_overlap,
    avg(rank_correlation) as mean_rank_correlation
from all_pairs
group by outcome, model_group, is_selected, compared_with, parameter
