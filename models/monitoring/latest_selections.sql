-- One row per outcome: the decision that stands, and when it was taken.

select distinct on (outcome)
    outcome,
    model_group,
    decided_on,
    selected_at,
    verdict,
    rule,
    selection_id,
    experiment_id
from {{ source('ml', 'selections') }}
order by outcome asc, selected_at desc
