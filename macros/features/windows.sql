{#- Months and windows: the arithmetic that every feature family shares. -#}

{% macro month_number(date) -%}
    {#- Months since year 0. -#}
    (cast(extract(year from {{ date }}) as integer) * 12 + cast(extract(month from {{ date }}) as integer) - 1)
{%- endmacro %}

{% macro first_month_knowing(date) -%}
    {#- The first as-of month whose features may use a fact known on `date`: known strictly before the as-of date. -#}
    {{ month_number(date) }} + 1
{%- endmacro %}

{% macro month_series(first, last) -%}
    {#- A relation with one row per month number, both ends among them. -#}
    {{ return(adapter.dispatch('month_series', 'eis')(first, last)) }}
{%- endmacro %}

{% macro postgres__month_series(first, last) -%}
    (select month_number from generate_series({{ first }}, {{ last }}) as series (month_number))
{%- endmacro %}

{% macro duckdb__month_series(first, last) -%}
    (select unnest(generate_series({{ first }}, {{ last }})) as month_number)
{%- endmacro %}

{% macro day_series(first, last) -%}
    {#- A relation with one row per day, both ends among them. -#}
    {{ return(adapter.dispatch('day_series', 'eis')(first, last)) }}
{%- endmacro %}

{% macro postgres__day_series(first, last) -%}
    (select cast(day as date) as day from generate_series({{ first }}, {{ last }}, interval '1 day') as series (day))
{%- endmacro %}

{% macro duckdb__day_series(first, last) -%}
    (select cast(unnest(generate_series({{ first }}, {{ last }}, interval '1 day')) as date) as day)
{%- endmacro %}

{% macro first_day_of(month_number) -%}
    {#- The first day of a month given by its number, as a date at midnight. -#}
    (cast('2000-01-01' as timestamp) + interval '1 month' * ({{ month_number }} - 24000))
{%- endmacro %}

{% macro all_windows() -%}
    {#- Months; 0 stands for ever. -#}
    {{ return([1, 3, 6, 12, 24, 60, 0]) }}
{%- endmacro %}

{% macro window_name(months) -%}
    {{ return('ever' if months == 0 else months ~ 'm') }}
{%- endmacro %}

{% macro window_words(months) -%}
    {{ return({0: 'ever', 1: 'in the last month'}.get(months, 'in the last ' ~ months ~ ' months')) }}
{%- endmacro %}
