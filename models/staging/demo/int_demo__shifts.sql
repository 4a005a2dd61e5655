-- One row per officer and shift, on the columns of `shifts`.
-- Point in time: payroll posts whole pay periods, so the shift before is known when this one is, and the rest with it.

with

shifts as (

    select
        lines.*,
        lines.pay_code in ('reg', '??') as is_worked,
        cast(extract(epoch from lines.ends_at - lines.starts_at) / 60 as integer) as minutes,
        cast(extract(hour from lines.starts_at) * 60 + extract(minute from lines.starts_at) as integer) as start_minute
    from {{ ref('stg_demo__payroll_shifts') }} as lines
    inner join {{ ref('stg_demo__hr_employees') }} as employees on lines.officer_id = employees.officer_id

),

rested as (

    -- Leave stands in a partition of its own: rest is counted from shift worked to shift worked.
    select
        *,
        lag(ends_at) over (partition by officer_id, is_worked order by starts_at) as previous_ends_at
    from shifts

)

select
    timesheet_id as shift_id,
    officer_id,
    -- Minutes before 06:00, and from 22:00 to 06:00 on the next day.
    2 * (
        greatest(least(start_minute + minutes, 360) - start_minute, 0)
        + greatest(least(start_minute + minutes, 1800) - greatest(start_minute, 1320), 0)
    ) > minutes as is_night,
    case pay_code
        when 'sick' then 'sick'
        when 'susp' then 'suspension'
        when 'vac' then 'vacation'
        when 'oth' then 'other'
    end as leave_type,
    case when is_worked then rostered_minutes + overtime_minutes else 0 end as worked_minutes,
    overtime_minutes,
    case when is_worked then cast(extract(epoch from starts_at - previous_ends_at) / 60 as integer) end as rest_minutes,
    starts_at,
    ends_at,
    known_on
from rested
