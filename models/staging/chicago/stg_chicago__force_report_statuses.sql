-- One row per tactical response report and step of its review.
-- Point in time: the report exists from its first step `submitted` on.

select
    trim(trr_id) as force_id,
    {{ text('status') }} as status,
    {{ try_cast('status_date', 'date') }} as status_on
from {{ source('raw', 'trr_statuses') }}
