-- One row per officer of the publisher's merged profiles.
-- Point in time: the profiles describe August 2018. Only facts that do not change, or that carry their date, are taken;
-- current_status tells who has left at an unknown date, nothing else.

select
    split_part(uid, '.', 1) as officer_id,
    {{ text('race') }} as race,
    {{ text('gender') }} as sex,
    cast({{ try_cast('birth_year', 'numeric') }} as integer) as birth_year,
    cast({{ try_cast('current_status', 'numeric') }} as integer) = 0 as is_inactive_in_2018,
    {{ try_cast('appointed_date', 'date') }} as appointed_on,
    {{ try_cast('resignation_date', 'date') }} as resigned_on
from {{ source('raw', 'profiles') }}
