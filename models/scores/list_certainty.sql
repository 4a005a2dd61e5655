-- One row per published list: what it can be used for.
{{ config(materialized='view') }}

with

lists as (
    select * from {{ source('governance', 'lists') }}
),

certainty as (
    select * from {{ source('ml', 'list_certainty') }}
)

select
    lists.list_id,
    lists.outcome,
    lists.as_of_date,
    lists.n_officers,
    lists.n_on_list,
    certainty.n_clear,
    certainty.n_likely,
    certainty.n_tie,
    certainty.n_refits,
    certainty.is_told,
    certainty.why,
    lists.list_id = max(lists.list_id) over (partition by lists.outcome, lists.as_of_date) as is_last,
    lists.scored_at
from lists
inner join certainty
    on
        lists.as_of_date = certainty.as_of_date
        and lists.outcome = certainty.outcome
        and lists.scored_at = certainty.scored_at
