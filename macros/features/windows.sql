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

{% macro window_frame(months) -%}
    {#- A month without events has no row, so frames are by value of the month, not by number of rows. -#}
    partition by officer_id order by month_number range between
    {{ 'unbounded' if months == 0 else months - 1 }} preceding and current row
{%- endmacro %}
