-- One row per officer, as-of date and outcome: the score that was issued, with the list it belongs to.
-- The model that scored is the one that selection chose; a later scoring of the same as-of date replaces an earlier one.

with

latest_scoring as (
    select
        *,
        max(scored_at) over (partition by as_of_date, outcome) as last_scored_at
    from {{ source('ml', 'scores') }}
)

select
    officer_id,
    as_of_date,
    outcome,
    model_id,
    score,
    percentile,
    rank,
    rank <= {{ var('publication').capacity }} as is_on_list,
    scored_at,
    cast(scored_at + interval '{{ var("publication").valid_days }} days' as date) as valid_until
from latest_scoring
where scored_at = last_scored_at
