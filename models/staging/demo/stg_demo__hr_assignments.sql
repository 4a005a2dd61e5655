-- One row per personnel order that took effect; a withdrawn order ends before it starts, and is left out.
-- Point in time: known on the day it was entered. HR writes an order's last day when it enters the next order.

-- Repeated rows: the first one.
select distinct on (order_no)
    trim(order_no) as order_id,
    trim(employee_no) as officer_id,
    trim(unit_code) as unit_id,
    trim(unit_name) as unit_name,
    case {{ text('unit_class') }}
        when 'pat' then 'patrol'
        when 'inv' then 'investigation'
        when 'spc' then 'special'
        when 'sup' then 'support'
        when 'adm' then 'administration'
    end as unit_type,
    trim(bureau) as division,
    case trim(watch) when '1' then 'night' when '2' then 'day' when '3' then 'evening' end as shift,
    trim(beat) as beat,
    trim(supervisor_employee_no) as supervisor_id,
    {{ try_cast('start_date', 'date') }} as started_on,
    {{ try_cast('end_date', 'date') }} as last_day_on,
    {{ try_cast('entered_on', 'date') }} as known_on
from {{ source('raw', 'hr_assignments') }}
where
    end_date is null
    or {{ try_cast('end_date', 'date') }} >= {{ try_cast('start_date', 'date') }}
order by order_no, _row
