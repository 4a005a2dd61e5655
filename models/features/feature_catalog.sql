-- One row per feature that any family declares, available in this department or not.
-- Made from the same declarations as the SQL that computes the features.
{% set declared = [] -%}
{%- if execute -%}
    {%- for model_name in feature_models() -%}
        {%- set family = declared_family(model_name) -%}
        {%- for feature in features_of(family) -%}
            {%- do declared.append(dict(feature, family=family.name, model=model_name)) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endif -%}

{% for feature in declared -%}
select
    cast({{ literal(feature.name) }} as text) as feature_name,
    cast({{ literal(feature.family) }} as text) as family,
    cast({{ literal(feature.label) }} as text) as label,
    cast({{ literal(feature.denominator) }} as text) as denominator,
    cast({{ literal(feature.sources | join(', ')) }} as text) as source_tables,
    cast({{ literal(feature.null_rule) }} as text) as null_rule,
    cast({{ literal(feature.model) }} as text) as model_name,
    cast({{ literal(feature.absent) }} as text) as absence_reason,
    cast({{ feature.window if feature.window else 'null' }} as integer) as window_months,
    {{ 'false' if feature.absent else 'true' }} as is_available
{{ 'union all' if not loop.last }}
{% else -%}
select null
{% endfor %}
