-- One row per published list and unit: how many of its officers are on the list, how surely, and what has changed since the list of
-- the month before. Whoever left the list is counted in the unit of that month. No officer is named.
{{ config(materialized='view') }}

with

earlier_lists as (
    select * from {{ ref('earlier_lists') }}
),

scores as (
    select
        list_id,
        officer_id,
        coalesce(unit_id, 'not known') as unit_id,
        is_on_list
    from {{ source('governance', 'published_scores') }}
),

rank_intervals as (
    select * from {{ source('ml', 'rank_intervals') }}
),

now_listed as (
    select
        earlier_lists.list_id,
        scores.unit_id,
        count(*) as n_officers,
        count(*) filter (where scores.is_on_list) as n_on_list,
        count(*) filter (
            where scores.is_on_list and earlier_lists.earlier_list_id is not null and earlier_scores.is_on_list is not true
        ) as n_new,
        count(*) filter (where scores.is_on_list and rank_intervals.certainty = 'clear') as n_clear,
        count(*) filter (where scores.is_on_list and rank_intervals.certainty = 'likely') as n_likely,
        0 as n_left
    from earlier_lists
    inner join scores
        on earlier_lists.list_id = scores.list_id
    left join scores as earlier_scores
        on
            earlier_lists.earlier_list_id = earlier_scores.list_id
            and scores.officer_id = earlier_scores.officer_id
    left join rank_intervals
        on
            scores.officer_id = rank_intervals.officer_id
            and earlier_lists.as_of_date = rank_intervals.as_of_date
            and earlier_lists.outcome = rank_intervals.outcome
            and earlier_lists.scored_at = rank_intervals.scored_at
    group by earlier_lists.list_id, scores.unit_id
),

no_longer_listed as (
    select
        earlier_lists.list_id,
        earlier_scores.unit_id,
        0 as n_officers,
        0 as n_on_list,
        0 as n_new,
        0 as n_clear,
        0 as n_likely,
        count(*) as n_left
    from earlier_lists
    inner join scores as earlier_scores
        on
            earlier_lists.earlier_list_id = earlier_scores.list_id
            and earlier_scores.is_on_list
    left join scores
        on
            earlier_lists.list_id = scores.list_id
            and earlier_scores.officer_id = scores.officer_id
    where scores.is_on_list is not true
    group by earlier_lists.list_id, earlier_scores.unit_id
),

both_together as (
    select * from now_listed
    union all
    select * from no_longer_listed
)

select
    both_together.list_id,
    earlier_lists.outcome,
    earlier_lists.as_of_date,
    earlier_lists.earlier_as_of_date,
    both_together.unit_id,
    cast(sum(both_together.n_officers) as integer) as n_officers,
    cast(sum(both_together.n_on_list) as integer) as n_on_list,
    cast(sum(both_together.n_clear) as integer) as n_clear,
    cast(sum(both_together.n_likely) as integer) as n_likely,
    cast(sum(both_together.n_new) as integer) as n_new,
    cast(sum(both_together.n_left) as integer) as n_left
from both_together
inner join earlier_lists
    on both_together.list_id = earlier_lists.list_id
group by
    both_together.list_id, earlier_lists.outcome, earlier_lists.as_of_date, earlier_lists.earlier_as_of_date, both_together.unit_id
