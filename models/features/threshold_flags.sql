-- One row per officer of the cohort and as-of date: which rules of the department's threshold system flag the officer.
-- Point in time: made of features at the same as-of date only. A feature that is null flags nobody.
{{ config(materialized='table', pre_hook="{{ join_by_hashing() }}") }}
{% set rules = threshold_rules() %}

with

officer_features as (
    select * from {{ ref('officer_features') }}
),

officer_cohort as (
    select * from {{ ref('officer_cohort') }}
),

flagged as (
    {% for rule in rules -%}
    select
        officer_id,
        as_of_date,
        '{{ rule.name }}' as rule_name,
        {{ loop.index }} as rule_number
    from (
        select
            officer_cohort.officer_id,
            officer_cohort.as_of_date,
            officer_features.{{ rule.feature }} as value,
            avg(officer_features.{{ rule.feature }}) over peers as peers_mean,
            stddev_samp(officer_features.{{ rule.feature }}) over peers as peers_deviation
        from officer_cohort
        inner join officer_features
            on
                officer_cohort.officer_id = officer_features.officer_id
                and officer_cohort.as_of_date = officer_features.as_of_date
        window peers as (partition by officer_cohort.as_of_date, officer_cohort.peer_group)
    ) as compared
    {% if rule.at_least -%}
    where value >= {{ rule.at_least }}
    {%- else -%}
    where value > peers_mean + {{ rule.deviations_above_peers }} * peers_deviation
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {% else -%}
    select
        cast(null as text) as officer_id,
        cast(null as date) as as_of_date,
        cast(null as text) as rule_name,
        0 as rule_number
    where false
    {% endfor %}
),

counted as (
    select
        officer_id,
        as_of_date,
        {{ dbt.listagg('rule_name', "', '", 'order by rule_number') }} as rules_triggered,
        cast(count(*) as integer) as n_rules_triggered
    from flagged
    group by officer_id, as_of_date
)

select
    officer_cohort.officer_id,
    counted.rules_triggered,
    coalesce(counted.n_rules_triggered, 0) as n_rules_triggered,
    officer_cohort.as_of_date
from officer_cohort
left join counted
    on
        officer_cohort.officer_id = counted.officer_id
        and officer_cohort.as_of_date = counted.as_of_date
