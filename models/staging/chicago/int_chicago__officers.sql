-- One row per officer, on the columns of `officers`.
-- The day of resignation is the first day out of service. Where it is missing although the officer is inactive in 2018,
-- or lies before the appointment (13), the officer has left at an unknown day.

with officers as (

    select
        *,
        resigned_on < appointed_on as is_resigned_before_appointed
    from {{ ref('stg_chicago__officers') }}

)

select
    officer_id,
    birth_year,
    race,
    sex,
    cast(null as text) as education,
    cast(null as boolean) as has_military_service,
    coalesce((is_inactive_in_2018 and resigned_on is null) or is_resigned_before_appointed, false)
        as is_separation_date_missing,
    appointed_on as hired_on,
    case when not coalesce(is_resigned_before_appointed, false) then resigned_on end as separated_on
from officers
