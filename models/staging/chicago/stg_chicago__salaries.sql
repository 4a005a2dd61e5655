-- One row per officer and calendar year.
-- Point in time: the file states each year as a whole, without the day of a change, so a row is known when its year is over.

select
    split_part(uid, '.', 1) as officer_id,
    {{ text('rank') }} as rank_title,
    {{ text('cleaned_rank') }} as rank,
    {{ text('pay_grade') }} as pay_grade,
    cast({{ try_cast('year', 'numeric') }} as integer) as year,
    {{ try_cast('salary', 'numeric') }} as annual_salary,
    {{ try_cast('spp_date', 'date') }} as last_promoted_on
from {{ source('raw', 'salaries') }}
