-- One row per arrest that the prosecutor has decided on.
-- Point in time: known on the day of the decision, which the court's feed delivers at once.

-- Repeated rows: the first one.
select distinct on (arrest_no)
    trim(arrest_no) as arrest_id,
    case {{ text('disposition') }} when 'dismissed' then true when 'filed' then false end as is_dismissed,
    {{ try_cast('disposition_date', 'date') }} as decided_on
from {{ source('raw', 'rms_arrest_dispositions') }}
order by arrest_no, _row
