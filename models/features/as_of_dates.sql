-- One row per as-of date: the first instant of a month for which officers are described and scored.
-- `month_number` counts months since year 0, so that windows are integer arithmetic.
{{ config(materialized='table') }}

select
    as_of_date,
    month_number
from {{ as_of_months() }} as calendar
