{#- What the models know of the chosen department: only what `eis dbt` passes as variables. -#}

{% macro supplied_tables() -%}
    {#- The core tables that the department supplies: a list, or one line of names from sqlfluff, which can pass text only. -#}
    {%- set supplied = var('supplied_tables') -%}
    {{ return(supplied.split() if supplied is string else supplied) }}
{%- endmacro %}

{% macro is_supplied(table) -%}
    {{ return(table in supplied_tables()) }}
{%- endmacro %}

{% macro mapped(table) -%}
    {#- The department's mapping onto a core table: models/staging/<department>/int_<department>__<table>.sql -#}
    {{ return(ref('int_' ~ var('department') ~ '__' ~ table)) }}
{%- endmacro %}
