{#-
    Families made from features of other families: ratios, and standing within a group.

    Both name the models they read in `from`, and the features they need without repeating what those mean: label, sources and the
    reason of an absence come from the needed features' own declarations, read from the graph while running. So does the scope, that of the
    numerator or of the value that is ranked; the others' mean is context whatever it is made of.

    family = {kind: 'ratios', name, from, ratios: [{name, label, numerator, denominator, per, windows, shrink}]}
        numerator, denominator  <family>_<measure>, without the window
        per                     100 for `per 100 arrests`, 1 for a share
        shrink                  exposure with which the whole cohort's rate enters, so that one event in two arrests is not a rate
                                of 50 per 100; 0: none, and null without exposure

    family = {kind: 'standing', name, from, group, statistic, label, features: [...]}
        group      column of officer_cohort whose members are compared at each as-of date
        statistic  'percentile': share of the group with a lower value; 'mean_of_others': mean of the group without the officer
-#}

{% macro ratio_features(family) -%}
    {%- set features, known = [], base_features(family.from) -%}
    {%- for ratio in family.ratios -%}
        {%- for window in ratio.windows -%}
            {%- set suffix = '_' ~ window_name(window) -%}
            {%- do features.append(derived_feature(family, known, [ratio.numerator ~ suffix, ratio.denominator ~ suffix], {
                'name': family.name ~ '_' ~ ratio.name ~ suffix, 'window': window, 'label': ratio.label ~ ' ' ~ window_words(window),
                'denominator': ratio.denominator ~ suffix, 'data_type': 'real', 'per': ratio.per, 'shrink': ratio.shrink or 0,
                'null_rule': 'never null: without exposure the rate of the cohort' if ratio.shrink else 'null without exposure',
            })) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(features) }}
{%- endmacro %}

{% macro standing_features(family) -%}
    {%- set features, known = [], base_features(family.from) -%}
    {%- for needed in family.features -%}
        {%- do features.append(derived_feature(family, known, [needed], {
            'name': family.name ~ '_' ~ needed, 'data_type': 'real', 'denominator': none,
            'scope': 'context' if family.statistic == 'mean_of_others' else none,
            'null_rule': 'null where the officer is alone in the group' if family.statistic == 'mean_of_others'
                else 'null where the value is null',
        })) -%}
    {%- endfor -%}
    {{ return(features) }}
{%- endmacro %}

{% macro derived_feature(family, known, needed, feature) -%}
    {#- `feature` with what follows from the features it needs. While parsing, when the graph is unknown, only the names are right. -#}
    {%- set sources, reasons, first = [], [], {} -%}
    {%- if execute -%}
        {%- for name in needed -%}
            {%- if name not in known -%}
                {{ exceptions.raise_compiler_error('Family ' ~ family.name ~ ' needs ' ~ name ~ ', which none of '
                    ~ family.from | join(', ') ~ ' declares.') }}
            {%- endif -%}
            {%- do sources.extend(known[name].sources) -%}
            {%- do reasons.append(known[name].absent) -%}
        {%- endfor -%}
        {%- set first = known[needed[0]] -%}
        {%- set feature = dict({'window': first.window, 'label': (family.label or '') ~ first.label | lower}, **feature) -%}
    {%- endif -%}
    {{ return(dict(feature, scope=feature.scope or first.scope, needed=needed, sources=sources | unique | list, absent=reasons | select | first | default(none))) }}
{%- endmacro %}

{% macro base_features(model_names) -%}
    {#- Name -> feature, for all features that the models declare; none while parsing. -#}
    {%- set known = {} -%}
    {%- if execute -%}
        {%- for model_name in model_names -%}
            {%- for feature in features_of(declared_family(model_name)) -%}
                {%- do known.update({feature.name: feature}) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(known) }}
{%- endmacro %}

{% macro ratio_family(family) -%}
    {#- The model of a family of kind ratios. -#}
select
    {% for feature in available_features_of(family) -%}
    {{ ratio_expression(feature.needed[0], feature.needed[1], feature.per, feature.shrink) }} as {{ feature.name }},
    {% endfor -%}
    cohort.officer_id,
    cohort.as_of_date
{{ cohort_with(family.from) }}
{%- endmacro %}

{% macro ratio_expression(numerator, denominator, per, shrink) -%}
    {%- if shrink -%}
    cast(
        {{ per }} * (
            {{ numerator }} + {{ shrink }} * coalesce(
                cast(sum({{ numerator }}) over at_date as double precision) / nullif(sum({{ denominator }}) over at_date, 0), 0
            )
        ) / ({{ denominator }} + {{ shrink }}) as real
    )
    {%- else -%}
    cast(cast({{ per }} * {{ numerator }} as double precision) / nullif({{ denominator }}, 0) as real)
    {%- endif -%}
{%- endmacro %}

{% macro standing_family(family) -%}
    {#- The model of a family of kind standing. -#}
select
    {% for feature in available_features_of(family) -%}
    {% set value = feature.needed[0] -%}
    {% if family.statistic == 'mean_of_others' -%}
    cast(
        (sum({{ value }}) over in_group - {{ value }})
        / nullif(cast(count({{ value }}) over in_group - 1 as double precision), 0) as real
    ) as {{ feature.name }},
    {% else -%}
    case
        when {{ value }} is not null
            then cast(percent_rank() over (partition by cohort.as_of_date, cohort.{{ family.group }} order by {{ value }}) as real)
    end as {{ feature.name }},
    {% endif -%}
    {% endfor -%}
    cohort.officer_id,
    cohort.as_of_date
{{ cohort_with(family.from) }}
{%- if family.statistic == 'mean_of_others' %}
window in_group as (partition by cohort.as_of_date, cohort.{{ family.group }})
{%- endif %}
{%- endmacro %}

{% macro cohort_with(model_names) -%}
{% set is_wanted = to_build('as_of_date') -%}
from (select * from {{ ref('officer_cohort') }} where {{ is_wanted }}) as cohort
{% for model_name in model_names -%}
inner join (select * from {{ ref(model_name) }} where {{ is_wanted }}) as {{ model_name }} using (officer_id, as_of_date)
{% endfor -%}
{%- endmacro %}
