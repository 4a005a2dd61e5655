{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- Schemas carry plain names (core, features, scores): one database per department. -#}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
