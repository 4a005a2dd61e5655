-- One row per officer, as-of date and outcome: the score that was issued, with the list it belongs to.
-- The model that scored is the one that selection chose; a later scoring of the same as-of date replaces an earlier one, and a
-- later list of the same scoring an earlier one.

with

latest_scoring as (
    select
        *,
        max(scored_at) over (partition by as_of_date, outcome) as last_scored_at
    from {{ source('ml', 'scores') }}
),

list_rules as (
    select
        *,
        max(drawn_up_at) over (partition by as_of_date, outcome, scored_at) as last_drawn_up_at
    from {{ source('ml', 'list_rules') }}
),

list_members as (
    select * from {{ source('ml', 'list_members') }}
)

select
    latest_scoring.officer_id,
    latest_scoring.as_of_date,
    latest_scoring.outcome,
    latest_scoring.model_id,
    latest_scoring.score,
    latest_scoring.percentile,
    latest_scoring.rank,
    list_members.officer_id is not null as is_on_list,
    list_rules.list_rule,
    latest_scoring.scored_at,
    cast(latest_scoring.scored_at + interval '{{ var("publication").valid_days }} days' as date) as valid_until
from latest_scoring
inner join list_rules
    on
        latest_scoring.as_of_date = list_rules.as_of_date
        and latest_scoring.outcome = list_rules.outcome
        and latest_scoring.scored_at = list_rules.scored_at
        and list_rules.drawn_up_at = list_rules.last_drawn_up_at
left join list_members
    on
        list_rules.as_of_date = list_members.as_of_date
        and list_rules.outcome = list_members.outcome
        and list_rules.scored_at = list_members.scored_at
        and list_rules.drawn_up_at = list_members.drawn_up_at
        and latest_scoring.officer_id = list_members.officer_id
where latest_scoring.scored_at = latest_scoring.last_scored_at
