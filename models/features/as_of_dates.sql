-- One row per as-of date: the first instant of a month for which officers are described and scored.
-- `month_number` counts months since year 0, so that windows are integer arithmetic.
{{ config(materialized='table') }}

with dates as (
    {% for date in as_of_dates() -%}
    select cast('{{ date }}' as date) as as_of_date{{ ' union all' if not loop.last }}
    {% endfor %}
)

select
    as_of_date,
    {{ month_number('as_of_date') }} as month_number
from dates
