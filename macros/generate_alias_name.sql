{% macro generate_alias_name(custom_alias_name, node) -%}
    {#- The latest version of a model carries its plain name, every other one stands beside it as <name>_v<version>. -#}
    {%- if custom_alias_name -%}
        {{ custom_alias_name | trim }}
    {%- elif node.version and node.version != node.latest_version -%}
        {{ node.name }}_v{{ node.version }}
    {%- else -%}
        {{ node.name }}
    {%- endif -%}
{%- endmacro %}
