-- One row per outcome, model group that gives probabilities, test date and bin of equally many officers.

with

latest_selections as (
    select * from {{ ref('latest_selections') }}
),

bins as (
    select * from {{ source('ml', 'calibration_bins') }}
),

models as (
    select * from {{ source('ml', 'models') }}
)

select
    models.outcome,
    models.model_group,
    models.model_group = latest_selections.model_group as is_selected,
    models.test_as_of_date,
    models.calibrated_on,
    bins.bin,
    bins.n_officers,
    bins.mean_score,
    bins.n_positive,
    cast(bins.n_positive as double precision) / bins.n_officers as share_positive
from bins
inner join models
    on bins.model_id = models.model_id
inner join latest_selections
    on
        bins.experiment_id = latest_selections.experiment_id
        and models.outcome = latest_selections.outcome
where models.variation = ''
