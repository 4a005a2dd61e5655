-- One row per officer of the cohort and as-of date: which rules of the department's threshold system flag the officer.
-- Point in time: made of features at the same as-of date only. A feature that is null flags nobody.
-- The last model of features to be built: once it is, the line remembers from which facts they all were.
{{ config(pre_hook="{{ look_up_few_dates() }}", post_hook="{{ remember_facts_built_from() }}") }}
{% set rules, is_wanted = threshold_rules(), to_build('as_of_date') %}

with

officer_features as (
    select * from {{ ref('officer_features') }}
    where {{ is_wanted }}
),

officer_cohort as (
    select * from {{ ref('officer_cohort') }}
    where {{ is_wanted }}
),

judged as (
    select
        officer_cohort.officer_id,
        {% for rule in rules -%}
        case
            {% if rule.at_least -%}
            when officer_features.{{ rule.feature }} >= {{ rule.at_least }}
            {%- else -%}
            when
                officer_features.{{ rule.feature }}
                > avg(officer_features.{{ rule.feature }}) over peers
                + {{ rule.deviations_above_peers }} * stddev_samp(officer_features.{{ rule.feature }}) over peers
            {%- endif %}
                then '{{ rule.name }}'
        end as rule_{{ loop.index }},
        {% endfor -%}
        officer_cohort.as_of_date
    from officer_cohort
    inner join officer_features
        on
            officer_cohort.officer_id = officer_features.officer_id
            and officer_cohort.as_of_date = officer_features.as_of_date
    window peers as (partition by officer_cohort.as_of_date, officer_cohort.peer_group)
)

select
    officer_id,
    nullif(concat_ws(', ', null{% for rule in rules %}, rule_{{ loop.index }}{% endfor %}), '') as rules_triggered,
    0
    {%- for rule in rules %}
    + case when rule_{{ loop.index }} is null then 0 else 1 end
    {%- endfor %} as n_rules_triggered,
    as_of_date
from judged
