-- One row per deputy, present or former.
-- Point in time: hiring and what describes the deputy do not change; the day of separation is known when it comes. The rank
-- is today's, without a day, and is not used.

select
    trim(star) as officer_id,
    {{ text('rank') }} as current_rank,
    {{ try_cast(month_first('hire_date'), 'date') }} as hired_on,
    {{ try_cast(month_first('separation_date'), 'date') }} as separated_on,
    {{ try_cast('birth_year', 'integer') }} as birth_year,
    case {{ text('gender') }} when 'f' then 'female' when 'm' then 'male' end as sex,
    {{ text('ethnicity') }} as race
from {{ source('raw', 'roster') }}
