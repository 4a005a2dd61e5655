-- One row per officer, on the columns of `officers`.
-- Point in time: the day of separation is the first one out of service.

with

roster as (

    select * from {{ ref('stg_county__roster') }}

)

select
    officer_id,
    birth_year,
    race,
    sex,
    cast(null as text) as education,
    cast(null as boolean) as has_military_service,
    false as is_separation_date_missing,
    hired_on,
    separated_on
from roster
