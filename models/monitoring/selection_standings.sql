-- One row per outcome, date of a decision, candidate and deciding metric: the table that the rule saw.

with

latest_selections as (
    select * from {{ ref('latest_selections') }}
),

standings as (
    select * from {{ source('ml', 'selection_standings') }}
)

select
    latest_selections.outcome,
    standings.decided_on,
    standings.model_group,
    standings.metric,
    standings.parameter,
    standings.n_dates,
    standings.mean,
    standings.mean_regret,
    standings.gap_to_best,
    standings.standard_error,
    standings.is_within_noise
from standings
inner join latest_selections
    on standings.selection_id = latest_selections.selection_id
