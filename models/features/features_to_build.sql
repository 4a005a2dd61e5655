-- One row: from which as-of month on features have to be built anew, and because of which facts; the far future where nothing changed.
{{ config(materialized='table', pre_hook="{{ prepare_facts_built_from() }}", post_hook="{{ strike_facts_to_build() }}") }}
-- depends_on: {{ ref('fact_fingerprints') }}

with

calendar as (
    select min(first_month) as first_month from {{ ref('fact_fingerprints') }}
    where fact_source = 'as_of_dates'
),

changed as (
    select
        coalesce(facts.fact_source, built.fact_source) as fact_source,
        coalesce(facts.first_month, built.first_month) as first_month
    from {{ ref('fact_fingerprints') }} as facts
    full outer join {{ facts_built_from() }} as built
        on facts.fact_source = built.fact_source and facts.first_month = built.first_month
    cross join calendar
    where
        (facts.n_facts is distinct from built.n_facts or facts.checksum is distinct from built.checksum)
        -- Rows of as-of dates before the calendar are deleted; no other row depends on them.
        and not (
            coalesce(built.fact_source, '') = 'as_of_dates' and facts.fact_source is null
            and built.first_month < calendar.first_month
        )
),

earliest as (
    select min(first_month) as first_month from changed
)

select
    coalesce(earliest.first_month, 9999 * 12) as first_month,
    cast(
        date '2000-01-01' + interval '1 month' * (coalesce(earliest.first_month, 9999 * 12) - 2000 * 12) as date
    ) as build_from,
    (
        select string_agg(changed.fact_source, ', ' order by changed.fact_source)
        from changed
        where changed.first_month = earliest.first_month
    ) as because_of
from earliest
