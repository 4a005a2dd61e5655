-- One row per outcome and date of a decision: what the rule chose with what was mature by then. Test dates are walked forward; the
-- last row of an outcome is the decision that stands.

with

latest_selections as (
    select * from {{ ref('latest_selections') }}
),

steps as (
    select * from {{ source('ml', 'selection_steps') }}
)

select
    steps.outcome,
    steps.decided_on,
    steps.is_test_date,
    steps.model_group,
    steps.verdict
from steps
inner join latest_selections
    on steps.selection_id = latest_selections.selection_id
