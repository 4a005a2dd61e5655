{#- What the models know of the chosen department: only what `eis dbt` passes as variables. -#}

{% macro is_supplied(table) -%}
    {{ return(table in var('supplied_tables')) }}
{%- endmacro %}

{% macro mapped(table) -%}
    {#- The department's mapping onto a core table: models/staging/<department>/int_<department>__<table>.sql -#}
    {{ return(ref('int_' ~ var('department') ~ '__' ~ table)) }}
{%- endmacro %}
