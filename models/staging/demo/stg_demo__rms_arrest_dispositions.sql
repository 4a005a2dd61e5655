-- One row per arrest that the prosecutor has decided on.
-- Point in time: known on the day of the decision, which the court's feed delivers at once.

with

delivered as (

    select
        *,
        row_number() over (partition by arrest_no order by _row) as copy
    from {{ source('raw', 'rms_arrest_dispositions') }}

)

select
    trim(arrest_no) as arrest_id,
    case {{ text('disposition') }} when 'dismissed' then true when 'filed' then false end as is_dismissed,
    {{ try_cast('disposition_date', 'date') }} as decided_on
from delivered
where copy = 1
