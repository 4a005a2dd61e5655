-- One row per outcome, model group, test date and kind of list, of the experiment that the outcome's model was selected from.

with

comparisons as (
    select * from {{ source('ml', 'threshold_comparisons') }}
),

latest_selections as (
    select * from {{ ref('latest_selections') }}
)

select
    comparisons.outcome,
    comparisons.model_group,
    comparisons.is_baseline,
    comparisons.model_group = latest_selections.model_group as is_selected,
    comparisons.test_as_of_date,
    comparisons.list_kind,
    comparisons.list_size,
    comparisons.n_positive,
    comparisons.found,
    comparisons.found_by_thresholds,
    comparisons.list_size - comparisons.found as false_flags,
    comparisons.list_size - comparisons.found_by_thresholds as false_flags_of_thresholds,
    comparisons.more_found,
    comparisons.more_found_low,
    comparisons.more_found_high,
    comparisons.more_found_share,
    comparisons.more_found_share_low,
    comparisons.more_found_share_high,
    comparisons.fewer_false_share,
    comparisons.fewer_false_share_low,
    comparisons.fewer_false_share_high
from comparisons
inner join latest_selections
    on
        comparisons.outcome = latest_selections.outcome
        and comparisons.experiment_id = latest_selections.experiment_id
