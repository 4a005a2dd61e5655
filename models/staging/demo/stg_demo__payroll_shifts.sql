-- One row per timesheet line, worked or on leave; a line without a readable day is left out.
-- Point in time: known on the day it was posted. The export has the clock of start and end, not the day of the end: a line
-- whose end is not after its start ends on the next day.

with

typed as (

    -- Repeated rows: the first one.
    select distinct on (ts_id)
        trim(ts_id) as timesheet_id,
        ltrim(trim(empl_id), '0') as officer_id,
        {{ text('pay_code') }} as pay_code,
        cast({{ try_cast('reg_hrs', 'numeric') }} * 60 as integer) as rostered_minutes,
        cast({{ try_cast('ot_hrs', 'numeric') }} * 60 as integer) as overtime_minutes,
        {{ try_cast('start_time', 'time') }} as start_time,
        {{ try_cast('end_time', 'time') }} as end_time,
        nullif({{ try_cast('work_date', 'date') }}, cast('1900-01-01' as date)) as worked_on,
        {{ try_cast('posted', 'date') }} as known_on
    from {{ source('raw', 'payroll_shifts') }}
    order by ts_id, _row

)

select
    timesheet_id,
    officer_id,
    pay_code,
    rostered_minutes,
    overtime_minutes,
    worked_on + start_time as starts_at,
    worked_on + end_time + case when end_time <= start_time then interval '1 day' else interval '0 days' end as ends_at,
    known_on
from typed
where worked_on is not null
