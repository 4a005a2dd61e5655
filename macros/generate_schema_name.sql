{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- Schemas carry plain names (core, features, scores): one database per department. Target `dev` builds beside them, where the line
        and its readers do not look: dev_core, dev_features, dev_scores. -#}
    {%- set name = custom_schema_name | trim if custom_schema_name else target.schema -%}
    {{ 'dev_' ~ name if target.name == 'dev' else name }}
{%- endmacro %}
