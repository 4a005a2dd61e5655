-- One row per unit and as-of date: force reports of the three months before it, beside how many officers who do the same file elsewhere.
-- Indirect standardisation: officers' quarters are put into strata by arrests, arrests where resisting is the only charge, and injuries by
-- assault. A stratum's rate is that of all units in the quarters of the year before: a unit that stops reporting does not lower what is
-- expected of it.
-- Point in time: what happened in the quarter and was known before the as-of date. Late reports are missing everywhere alike.
-- A department without arrests, or without force reports, has no row.
{% set is_measured = is_supplied('uses_of_force') and is_supplied('arrests') %}
{% set counts = [
    {'name': 'n_reports', 'table': 'uses_of_force', 'where': 'true'},
    {'name': 'n_arrests', 'table': 'arrests', 'where': 'true'},
    {'name': 'n_resisting', 'table': 'arrests', 'where': 'is_resisting_only'},
    {'name': 'n_assaults', 'table': 'injuries', 'where': "cause = 'assault'"},
] if is_measured else [] %}

with

cohort as (
    select
        officer_id,
        as_of_date,
        month_number,
        unit_id
    from {{ ref('officer_cohort') }}
    where {{ 'unit_id is not null' if is_measured else 'false' }}
),

-- Each event counts for the three as-of months after it, if it was known by then.
events as (
    {% for count in counts if is_supplied(count.table) -%}
    select
        officer_id,
        {{ month_number(happened_on_of(count.table)) }} + later.months as month_number,
        cast('{{ count.name }}' as text) as kind
    from {{ ref(count.table) }}
    cross join (select 1 as months union all select 2 union all select 3) as later
    where {{ count.where }} and {{ first_month_knowing('known_on') }} <= {{ month_number(happened_on_of(count.table)) }} + later.months
    {{ 'union all' if not loop.last }}
    {% else -%}
    select
        officer_id,
        month_number,
        cast(null as text) as kind
    from cohort
    {% endfor %}
),

quarters as (
    select
        cohort.officer_id,
        cohort.as_of_date,
        cohort.month_number,
        cohort.unit_id,
        count(*) filter (where events.kind = 'n_reports') as n_reports,
        count(*) filter (where events.kind = 'n_arrests') as n_arrests,
        count(*) filter (where events.kind = 'n_resisting') as n_resisting,
        count(*) filter (where events.kind = 'n_assaults') as n_assaults
    from cohort
    left join events
        on
            cohort.officer_id = events.officer_id
            and cohort.month_number = events.month_number
    group by cohort.officer_id, cohort.as_of_date, cohort.month_number, cohort.unit_id
),

strata as (
    select
        *,
        case
            when n_arrests = 0 then 0
            when n_arrests < 4 then 1
            when n_arrests < 8 then 4
            when n_arrests < 15 then 8
            else 15
        end as arrests_from,
        least(n_resisting, 2) as resisting_from,
        least(n_assaults, 1) as assaults_from
    from quarters
),

by_stratum as (
    select
        as_of_date,
        month_number,
        arrests_from,
        resisting_from,
        assaults_from,
        count(*) as n_officers,
        sum(n_reports) as n_reports
    from strata
    group by as_of_date, month_number, arrests_from, resisting_from, assaults_from
),

-- Quarters that were over before this one began, of the year before.
rates as (
    select
        by_stratum.as_of_date,
        by_stratum.arrests_from,
        by_stratum.resisting_from,
        by_stratum.assaults_from,
        sum(earlier.n_reports) / sum(earlier.n_officers) as reports_an_officer
    from by_stratum
    inner join by_stratum as earlier
        on
            by_stratum.arrests_from = earlier.arrests_from
            and by_stratum.resisting_from = earlier.resisting_from
            and by_stratum.assaults_from = earlier.assaults_from
            and by_stratum.month_number - 3 >= earlier.month_number
            and by_stratum.month_number - 15 < earlier.month_number
    group by by_stratum.as_of_date, by_stratum.arrests_from, by_stratum.resisting_from, by_stratum.assaults_from
),

-- An officer of a stratum that nobody was in before is left out, with the reports.
by_unit as (
    select
        strata.unit_id,
        strata.as_of_date,
        count(*) as n_officers,
        sum(strata.n_arrests) as n_arrests,
        sum(strata.n_resisting) as n_resisting,
        sum(strata.n_assaults) as n_assaults,
        sum(strata.n_reports) as n_reports,
        sum(rates.reports_an_officer) as n_expected
    from strata
    inner join rates
        on
            strata.as_of_date = rates.as_of_date
            and strata.arrests_from = rates.arrests_from
            and strata.resisting_from = rates.resisting_from
            and strata.assaults_from = rates.assaults_from
    group by strata.unit_id, strata.as_of_date
)

select
    unit_id,
    as_of_date,
    cast(n_officers as integer) as n_officers,
    cast(n_arrests as integer) as n_arrests,
    cast(n_resisting as integer) as n_resisting,
    cast(n_assaults as integer) as n_assaults,
    cast(n_reports as integer) as n_reports,
    cast(n_expected as double precision) as n_expected,
    cast(n_reports / nullif(n_expected, 0) as double precision) as ratio,
    cast({{ fewest_expected('n_reports') }} / nullif(n_expected, 0) as double precision) as ratio_low,
    cast({{ most_expected('n_reports') }} / nullif(n_expected, 0) as double precision) as ratio_high
from by_unit
