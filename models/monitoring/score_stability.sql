-- One row per outcome and as-of date that was scored, published or not: how far scores and list are from those before.
-- PSI is against the first as-of date that the same model scored, in tenths of it: what has moved since the model went into service.
-- Churn and rank correlation are against the as-of date before, among officers of both cohorts: what a supervisor notices.
-- Point in time: the latest scoring of each as-of date by a model that knew nothing later.

with

scorings as (
    select distinct on (outcome, as_of_date)
        outcome,
        as_of_date,
        scored_at,
        drawn_up_at,
        model_id
    from {{ source('ml', 'list_rules') }}
    order by outcome asc, as_of_date asc, scored_at desc, drawn_up_at desc
),

compared as (
    select
        *,
        lag(as_of_date) over (partition by outcome order by as_of_date) as previous_as_of_date,
        min(as_of_date) over (partition by outcome, model_id) as reference_as_of_date
    from scorings
),

listed as (
    select * from {{ source('ml', 'list_members') }}
),

scores as (
    select
        compared.*,
        scores.officer_id,
        scores.score,
        scores.rank,
        listed.officer_id is not null as is_listed
    from compared
    inner join {{ source('ml', 'scores') }} as scores
        on
            compared.outcome = scores.outcome
            and compared.as_of_date = scores.as_of_date
            and compared.scored_at = scores.scored_at
    left join listed
        on
            compared.outcome = listed.outcome
            and compared.as_of_date = listed.as_of_date
            and compared.scored_at = listed.scored_at
            and compared.drawn_up_at = listed.drawn_up_at
            and scores.officer_id = listed.officer_id
),

-- The upper ends of nine of the tenths; equal scores stay together.
edges as (
    select distinct
        outcome,
        as_of_date,
        max(score) over (partition by outcome, as_of_date, tenth) as edge
    from (
        select
            outcome,
            as_of_date,
            score,
            ntile(10) over (partition by outcome, as_of_date order by score) as tenth
        from scores
        where as_of_date = reference_as_of_date
    ) as tenths
    where tenth < 10
),

placed as (
    select
        scores.outcome,
        scores.as_of_date,
        scores.reference_as_of_date,
        scores.officer_id,
        count(edges.edge) as bucket
    from scores
    left join edges
        on
            scores.outcome = edges.outcome
            and scores.reference_as_of_date = edges.as_of_date
            and scores.score > edges.edge
    group by scores.outcome, scores.as_of_date, scores.reference_as_of_date, scores.officer_id
),

counted as (
    select
        outcome,
        as_of_date,
        reference_as_of_date,
        bucket,
        count(*) as n_officers
    from placed
    group by outcome, as_of_date, reference_as_of_date, bucket
),

possible as (
    select distinct
        outcome,
        reference_as_of_date as as_of_date,
        0 as bucket
    from compared
    union all
    select
        outcome,
        as_of_date,
        row_number() over (partition by outcome, as_of_date order by edge) as bucket
    from edges
),

-- Every bucket of the reference and of the date, empty or not, with half an officer more: then no logarithm is of 0.
buckets as (
    select
        compared.outcome,
        compared.as_of_date,
        coalesce(now.n_officers, 0) + 0.5 as n_now,
        coalesce(reference.n_officers, 0) + 0.5 as n_before
    from compared
    inner join possible
        on
            compared.outcome = possible.outcome
            and compared.reference_as_of_date = possible.as_of_date
    left join counted as now
        on
            compared.outcome = now.outcome
            and compared.as_of_date = now.as_of_date
            and possible.bucket = now.bucket
    left join counted as reference
        on
            compared.outcome = reference.outcome
            and compared.reference_as_of_date = reference.as_of_date
            and possible.bucket = reference.bucket
),

shares as (
    select
        outcome,
        as_of_date,
        n_now / sum(n_now) over whole as share_now,
        n_before / sum(n_before) over whole as share_before
    from buckets
    window whole as (partition by outcome, as_of_date)
),

drift as (
    select
        outcome,
        as_of_date,
        sum((share_now - share_before) * ln(share_now / share_before)) as psi
    from shares
    group by outcome, as_of_date
),

-- Ranked anew among those who were there both times.
pairs as (
    select
        now.outcome,
        now.as_of_date,
        now.is_listed,
        earlier.is_listed as was_listed,
        row_number() over (partition by now.outcome, now.as_of_date order by now.rank) as rank_now,
        row_number() over (partition by now.outcome, now.as_of_date order by earlier.rank) as rank_before
    from scores as now
    inner join scores as earlier
        on
            now.outcome = earlier.outcome
            and now.previous_as_of_date = earlier.as_of_date
            and now.officer_id = earlier.officer_id
),

changes as (
    select
        outcome,
        as_of_date,
        count(*) as n_in_both,
        count(*) filter (where is_listed) as n_listed,
        count(*) filter (where is_listed and not was_listed) as n_new,
        corr(rank_now, rank_before) as rank_correlation
    from pairs
    group by outcome, as_of_date
),

sizes as (
    select
        outcome,
        as_of_date,
        count(*) as n_officers
    from scores
    group by outcome, as_of_date
)

select
    compared.outcome,
    compared.as_of_date,
    compared.model_id,
    cast(sizes.n_officers as integer) as n_officers,
    compared.reference_as_of_date,
    case when compared.as_of_date > compared.reference_as_of_date then cast(drift.psi as double precision) end as psi,
    compared.previous_as_of_date,
    cast(changes.n_in_both as integer) as n_in_both,
    cast(changes.n_listed as integer) as n_listed_in_both,
    cast(changes.n_new as double precision) / nullif(changes.n_listed, 0) as churn,
    changes.rank_correlation
from compared
inner join sizes
    on
        compared.outcome = sizes.outcome
        and compared.as_of_date = sizes.as_of_date
left join drift
    on
        compared.outcome = drift.outcome
        and compared.as_of_date = drift.as_of_date
left join changes
    on
        compared.outcome = changes.outcome
        and compared.as_of_date = changes.as_of_date
