-- One row per day, from the first as-of date to the end of the window of the last one.
{{ config(materialized='view') }}

with

as_of_dates as (
    select
        min(as_of_date) as first_day,
        cast(max(as_of_date) + interval '{{ var("horizon_months") }} months' as date) as last_day
    from {{ ref('as_of_dates') }}
)

select days.day
from {{ day_series('(select first_day from as_of_dates)', '(select last_day from as_of_dates)') }} as days
