{#- Joining families: many tables on the same two columns. -#}

{% macro join_by_hashing() -%}
    {#- Pre-hook of models that join families, for the length of their transaction. -#}
    {{ return(adapter.dispatch('join_by_hashing', 'eis')()) }}
{%- endmacro %}

{% macro default__join_by_hashing() -%}
{%- endmacro %}

{% macro postgres__join_by_hashing() -%}
    {#- The planner multiplies the selectivity of both columns of each join, expects one row after a few of them, and then loops. -#}
    set local enable_nestloop = off
{%- endmacro %}
