-- One row per published list: the list of an earlier as-of date that it is compared with, the latest that was not withdrawn
-- and whose scores retention has kept.
{{ config(materialized='view') }}

with

lists as (
    select * from {{ source('governance', 'lists') }}
),

published_scores as (
    select * from {{ source('governance', 'published_scores') }}
),

comparable as (
    select * from lists
    where
        status <> 'withdrawn'
        and exists (
            select 1 from published_scores
            where published_scores.list_id = lists.list_id
        )
),

paired as (
    select
        lists.list_id,
        lists.outcome,
        lists.as_of_date,
        lists.scored_at,
        earlier.list_id as earlier_list_id,
        earlier.as_of_date as earlier_as_of_date,
        row_number() over (
            partition by lists.list_id order by earlier.as_of_date desc nulls last, earlier.list_id desc
        ) as place
    from lists
    left join comparable as earlier
        on
            lists.outcome = earlier.outcome
            and lists.as_of_date > earlier.as_of_date
)

select
    list_id,
    outcome,
    as_of_date,
    scored_at,
    earlier_list_id,
    earlier_as_of_date
from paired
where place = 1
