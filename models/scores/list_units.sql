-- One row per published list and unit: how much work the list gives the unit's supervisors. No scores: units are not ranked by them.
{{ config(materialized='view', post_hook="{{ read_as_caller() }}") }}

with

lists as (
    select * from {{ ref('published_lists') }}
    where is_last
),

published_scores as (
    select * from {{ source('governance', 'published_scores') }}
)

select
    lists.list_id,
    lists.outcome,
    lists.as_of_date,
    lists.status as list_status,
    units.unit_id,
    units.n_officers,
    units.n_on_list,
    case when units.n_on_list > 0 then lists.review_due_on end as review_due_on
from lists
-- List by list: who asks for one status, or one unit, does not have the officers of all lists counted.
cross join
    lateral (
        select
            published_scores.unit_id,
            cast(count(*) as integer) as n_officers,
            cast(count(*) filter (where published_scores.is_on_list) as integer) as n_on_list
        from published_scores
        where lists.list_id = published_scores.list_id
        group by published_scores.unit_id
    ) as units
