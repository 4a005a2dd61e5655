-- One row per deputy and posting.
-- Point in time: known on the day it was entered, mostly before it takes effect. The last day is inclusive.

select
    trim(star) as officer_id,
    {{ text('post') }} as post,
    {{ text('post_kind') }} as post_kind,
    {{ text('watch') }} as watch,
    {{ try_cast(month_first('"from"'), 'date') }} as started_on,
    {{ try_cast(month_first('through'), 'date') }} as last_day_on,
    {{ try_cast(month_first('date_entered'), 'date') }} as known_on
from {{ source('raw', 'postings') }}
