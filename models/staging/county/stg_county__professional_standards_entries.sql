-- One row per entry of any kind: a complaint, a use of force, a collision, a pursuit or a commendation.
-- Point in time: known on the day it was entered; disposition and action, on the day of the disposition.

-- Repeated rows: the first one.
select distinct on (entry)
    trim(entry) as entry_id,
    {{ text('entry_type') }} as entry_type,
    ltrim(trim(deputy_1), 'S-') as first_officer_id,
    ltrim(trim(deputy_2), 'S-') as second_officer_id,
    ltrim(trim(deputy_3), 'S-') as third_officer_id,
    {{ text('allegation') }} as allegation,
    {{ text('force_used') }} as force_used,
    {{ text('injury') }} = 'y' as has_injury,
    {{ text('disposition') }} as disposition,
    {{ text('action_taken') }} as action_taken,
    {{ try_cast('occurred', 'timestamp') }} as occurred_at,
    {{ try_cast(month_first('disposition_date'), 'date') }} as disposed_on,
    {{ try_cast(month_first('date_entered'), 'date') }} as known_on
from {{ source('raw', 'professional_standards_entries') }}
order by entry, _row
