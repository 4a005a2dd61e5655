-- One row per officer, as-of date and outcome: the score that was published, with the list it belongs to and how it came
-- to be published. A view, so that a list appears whole in the moment in which the gate lets it through.
-- Of several lists for the same as-of date the last one holds.
{{ config(materialized='view', post_hook="{{ read_as_caller() }}") }}

with

published_scores as (
    select * from {{ source('governance', 'published_scores') }}
),

lists as (
    select
        *,
        max(list_id) over (partition by outcome, as_of_date) as last_list_id
    from {{ source('governance', 'lists') }}
)

select
    published_scores.officer_id,
    published_scores.unit_id,
    lists.as_of_date,
    lists.outcome,
    lists.list_id,
    lists.model_id,
    published_scores.score,
    published_scores.percentile,
    published_scores.rank,
    published_scores.is_on_list,
    lists.list_rule,
    case when published_scores.is_on_list then lists.review_due_on end as review_due_on,
    lists.scored_at,
    lists.published_at,
    lists.valid_until,
    lists.clock,
    lists.approval,
    lists.approved_by,
    lists.status as list_status
from published_scores
inner join lists on published_scores.list_id = lists.list_id
where lists.list_id = lists.last_list_id
