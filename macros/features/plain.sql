{#-
    Families whose features are plain expressions over what the model itself joins.

    family = {kind: 'plain', name, features: [{name, label, sql, type, sources: [core tables], uses, window, null_rule, scope}]}
    `sql` is the expression in the model's last query; `type` integer or real (default integer).
-#}

{% macro plain_features(family) -%}
    {%- set features = [] -%}
    {%- for feature in family.features -%}
        {%- set reasons = [] -%}
        {%- for table in feature.sources -%}
            {%- do reasons.append(why_absent(table, [feature.uses or feature.sql])) -%}
        {%- endfor -%}
        {%- do features.append({
            'name': family.name ~ '_' ~ feature.name, 'label': feature.label, 'sql': feature.sql, 'data_type': feature.type or 'integer',
            'window': feature.window, 'denominator': none, 'sources': feature.sources,
            'null_rule': feature.null_rule or 'never null', 'scope': feature.scope or 'own', 'absent': reasons | select | first | default(none),
        }) -%}
    {%- endfor -%}
    {{ return(features) }}
{%- endmacro %}

{% macro plain_columns(family) -%}
    {#- The select list: `cast(expression as type) as name,` for each feature that this department can have. -#}
    {%- for feature in available_features_of(family) %}
    cast({{ feature.sql }} as {{ feature.data_type }}) as {{ feature.name }},
    {%- endfor %}
{%- endmacro %}
