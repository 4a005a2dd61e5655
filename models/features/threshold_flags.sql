-- One row per officer of the cohort and as-of date: which rules of the department's threshold system flag the officer.
-- Point in time: made of features at the same as-of date only. A feature that is null flags nobody.
{{ config(materialized='table') }}
{% set rules = var('threshold_rules') -%}
{% set known = [] -%}
{%- if execute and graph.nodes is defined -%}
    {%- for model_name in feature_models() -%}
        {%- do known.extend(available_features_of(declared_family(model_name)) | map(attribute='name')) -%}
    {%- endfor -%}
    {%- for rule in rules if rule.feature not in known -%}
        {%- do exceptions.raise_compiler_error(
            "departments/" ~ var('department') ~ "/department.yml: threshold rule '" ~ rule.name ~ "' names feature '" ~ rule.feature
            ~ "', which this department does not have. features.feature_catalog lists those that it has."
        ) -%}
    {%- endfor -%}
{%- endif %}

with

officer_features as (
    select * from {{ ref('officer_features') }}
),

officer_cohort as (
    select * from {{ ref('officer_cohort') }}
),

compared as (
    select
        officer_cohort.officer_id,
        officer_cohort.as_of_date,
        {% for rule in rules -%}
        coalesce(
            {% if rule.at_least -%}
            officer_features.{{ rule.feature }} >= {{ rule.at_least }},
            {%- else -%}
            officer_features.{{ rule.feature }}
            > avg(officer_features.{{ rule.feature }}) over peers
            + {{ rule.deviations_above_peers }} * stddev_samp(officer_features.{{ rule.feature }}) over peers,
            {%- endif %}
            false
        ) as {{ rule.name }},
        {% endfor -%}
        officer_cohort.peer_group
    from officer_cohort
    inner join officer_features
        on
            officer_cohort.officer_id = officer_features.officer_id
            and officer_cohort.as_of_date = officer_features.as_of_date
    window peers as (partition by officer_cohort.as_of_date, officer_cohort.peer_group)
)

select
    officer_id,
    {% if rules -%}
    nullif(
        concat_ws(', ', {% for rule in rules %}case when {{ rule.name }} then '{{ rule.name }}' end{{ ', ' if not loop.last }}{% endfor %}), ''
    ) as rules_triggered,
    {% for rule in rules %}cast({{ rule.name }} as integer){{ ' + ' if not loop.last }}{% endfor %} as n_rules_triggered,
    {%- else -%}
    cast(null as text) as rules_triggered,
    0 as n_rules_triggered,
    {%- endif %}
    as_of_date
from compared
