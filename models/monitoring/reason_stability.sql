-- One row per as-of date and outcome: whether the reasons of the list hold from the as-of date before, under the same model.
-- What a supervisor was told last month should not change by chance.

with

stability as (
    select
        *,
        max(scored_at) over (partition by as_of_date, outcome) as last_scored_at
    from {{ source('ml', 'reason_stability') }}
)

select
    as_of_date,
    outcome,
    previous_as_of_date,
    n_officers,
    n_reasons,
    n_kept,
    cast(n_kept as double precision) / nullif(n_reasons, 0) as share_kept,
    scored_at
from stability
where scored_at = last_scored_at
