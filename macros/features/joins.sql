{#- Joining families, and running totals: many relations on the same key. -#}

{% macro key_of_features() -%}
    {#- The index of every family: officer_features leaves out joins that it proves to add nothing, and finds the rows of a date by it. -#}
    {{ return([{'columns': ['as_of_date', 'officer_id'], 'unique': true}]) }}
{%- endmacro %}

{% macro join_by_hashing() -%}
    {#- Pre-hook of the models in models/features, for the length of their transaction. -#}
    {{ return(adapter.dispatch('join_by_hashing', 'eis')()) }}
{%- endmacro %}

{% macro default__join_by_hashing() -%}
{%- endmacro %}

{% macro postgres__join_by_hashing() -%}
    {#- The planner cannot foresee how many rows joins of running totals, or of families on two columns, give: it sorts, or loops. -#}
    set local enable_nestloop = off; set local enable_mergejoin = off
{%- endmacro %}

{% macro look_up_few_dates() -%}
    {#- Pre-hook, after that one, of a model that reads whole features: those of a few dates are found by their index. -#}
    {{ return(adapter.dispatch('look_up_few_dates', 'eis')()) }}
{%- endmacro %}

{% macro default__look_up_few_dates() -%}
{%- endmacro %}

{% macro postgres__look_up_few_dates() -%}
    {%- if is_incremental() -%}
    set local enable_nestloop = on
    {%- endif -%}
{%- endmacro %}
