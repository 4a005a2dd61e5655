{#- What the models know of the chosen department: only what `eis dbt` passes: variables, and in the environment what changes from month to month. -#}

{% macro supplied_tables() -%}
    {#- The core tables that the department supplies: a list, or one line of names from sqlfluff, which can pass text only. -#}
    {%- set supplied = var('supplied_tables') -%}
    {{ return(supplied.split() if supplied is string else supplied) }}
{%- endmacro %}

{% macro is_supplied(table) -%}
    {{ return(table in supplied_tables()) }}
{%- endmacro %}

{% macro as_of_dates() -%}
    {#- The department's as-of dates, from the environment and only while running: a new month is no reason to parse anything anew. -#}
    {{ return(env_var('EIS_AS_OF_DATES').split() if execute else []) }}
{%- endmacro %}

{% macro as_of_months() -%}
    {#- A relation with one row per as-of date and the number of its month; for models that need not wait for the table of as-of dates. -#}
    (
        select
            as_of_date,
            {{ month_number('as_of_date') }} as month_number
        from (
            {% for date in as_of_dates() -%}
            select cast('{{ date }}' as date) as as_of_date{{ ' union all' if not loop.last }}
            {% endfor -%}
        ) as dates
    )
{%- endmacro %}

{% macro mapped(table) -%}
    {#- The department's mapping onto a core table: models/staging/<department>/int_<department>__<table>.sql -#}
    {{ return(ref('int_' ~ var('department') ~ '__' ~ table)) }}
{%- endmacro %}
