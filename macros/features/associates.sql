{#-
    A family about the officers who are often in the same cases: how many there are, and how their own record looks.

    family = {kind: 'associates', name, months, pairs: [{model, table, uses, words}], from, mean: [features], highest: [features]}
        months  for how long a shared case makes an associate
        pairs   models with a row per officer, other officer and case, from the day on which the rows of both were known; the core table that each
                is made of, and its column that names the case; what the officers did together, in words. A department without one of the tables
                has associates by the others.
        from    the models whose features describe associates
    An associate is in service at the as-of date. A mean counts each as often as cases were shared; a record includes the shared cases.
-#}

{% macro associate_features(family) -%}
    {%- set features, known = [], base_features(family.from) -%}
    {%- set pairs = supplied_pairs(family) or family.pairs -%}
    {%- set absent = none if supplied_pairs(family) else why_absent(family.pairs[0].table, []) -%}
    {%- set tables, words = pairs | map(attribute='table') | list, pairs | map(attribute='words') | list -%}
    {%- set together = [words[:-1] | join(', '), words[-1]] | select | join(' or ') ~ ' together with the officer' -%}
    {%- set suffix = '_' ~ window_name(family.months) -%}
    {%- for name, label, expression in [
        ('officers', 'Officers ', 'count(*)'),
        ('repeated', 'Officers in more than one case ', 'count(*) filter (where shared.cases > 1)'),
    ] -%}
        {%- do features.append({
            'name': family.name ~ '_' ~ name ~ suffix, 'label': label ~ together ~ ' ' ~ window_words(family.months),
            'sql': expression, 'data_type': 'integer', 'window': family.months, 'denominator': none, 'scope': 'context',
            'sources': tables, 'null_rule': 'never null: 0 when there was none', 'absent': absent,
        }) -%}
    {%- endfor -%}
    {%- for statistic, who, expression in [
        ('mean', 'Mean over the officers ', 'cast(sum(shared.cases * {0}) as double precision) / sum(shared.cases)'),
        ('highest', 'Highest among the officers ', 'max({0})'),
    ] -%}
        {%- for needed in family[statistic] -%}
            {%- set described = dict(family, label=who ~ together ~ ' ' ~ window_words(family.months) ~ ': ') -%}
            {%- set feature = derived_feature(described, known, [needed], {
                'name': family.name ~ '_' ~ statistic ~ '_' ~ needed, 'sql': expression.format(needed), 'scope': 'context',
                'data_type': 'real' if statistic == 'mean' else 'integer', 'denominator': none, 'null_rule': 'null when there was none',
            }) -%}
            {%- do features.append(dict(feature, sources=(tables + feature.sources) | unique | list,
                absent=absent or feature.absent)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(features) }}
{%- endmacro %}

{% macro supplied_pairs(family) -%}
    {#- The pairs that this department has. -#}
    {{ return(family.pairs | selectattr('table', 'in', supplied_tables()) | list) }}
{%- endmacro %}

{% macro associate_family(family) -%}
    {#- The model of a family of kind associates. -#}
    {%- set features = available_features_of(family) -%}
    {%- set is_wanted = to_build('as_of_date') -%}
    {%- set counts = features | selectattr('null_rule', 'ne', 'null when there was none') | map(attribute='name') | list -%}
with

cohort as (
    select
        officer_id,
        as_of_date
    from {{ ref('officer_cohort') }}
    where {{ is_wanted }}
),

pairs as (
    {% for pair in supplied_pairs(family) -%}
    select
        officer_id,
        other_officer_id,
        known_on
    from {{ ref(pair.model) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

shared as (
    select
        dates.as_of_date,
        pairs.officer_id,
        pairs.other_officer_id,
        count(*) as cases
    from (select distinct as_of_date from cohort) as dates
    inner join pairs
        on dates.as_of_date > pairs.known_on and dates.as_of_date - interval '{{ family.months }} months' <= pairs.known_on
    group by dates.as_of_date, pairs.officer_id, pairs.other_officer_id
),

described as (
    select
        shared.officer_id,
        {% for feature in features -%}
        cast({{ feature.sql }} as {{ feature.data_type }}) as {{ feature.name }},
        {% endfor -%}
        shared.as_of_date
    from shared
    {% for model_name in family.from -%}
    inner join (select * from {{ ref(model_name) }} where {{ is_wanted }}) as {{ model_name }}
        on shared.other_officer_id = {{ model_name }}.officer_id and shared.as_of_date = {{ model_name }}.as_of_date
    {% endfor -%}
    group by shared.officer_id, shared.as_of_date
)

select
    cohort.officer_id,
    {% for feature in features -%}
    {{ 'coalesce(described.' ~ feature.name ~ ', 0) as ' ~ feature.name if feature.name in counts else 'described.' ~ feature.name }},
    {% endfor -%}
    cohort.as_of_date
from cohort
left join described
    on cohort.officer_id = described.officer_id and cohort.as_of_date = described.as_of_date
{%- endmacro %}
