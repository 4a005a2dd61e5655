-- One row per officer, on the columns of `officers`.
-- Point in time: HR's last day is worked, so the officer is out of service from the day after it.

with

employees as (

    select * from {{ ref('stg_demo__hr_employees') }}

)

select
    officer_id,
    cast(extract(year from born_on) as integer) as birth_year,
    race,
    sex,
    education,
    has_military_service,
    is_separated and last_day_on is null as is_separation_date_missing,
    hired_on,
    last_day_on + 1 as separated_on
from employees
