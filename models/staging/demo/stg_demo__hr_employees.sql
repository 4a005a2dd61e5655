-- One row per employee.
-- Point in time: what describes the officer does not change; the last day is known when it comes.

-- Repeated rows: the first one.
select distinct on (employee_no)
    trim(employee_no) as officer_id,
    trim(badge_no) as badge,
    case {{ text('race') }}
        when 'w' then 'white'
        when 'b' then 'black'
        when 'h' then 'hispanic'
        when 'a' then 'asian'
        when 'o' then 'other'
    end as race,
    case {{ text('sex') }} when 'f' then 'female' when 'm' then 'male' end as sex,
    case {{ text('education') }}
        when 'hs' then 'high school'
        when 'aa' then 'associate'
        when 'ba' then 'bachelor'
        when 'ma' then 'master'
    end as education,
    case {{ text('military') }} when 'y' then true when 'n' then false end as has_military_service,
    {{ text('status') }} = 'separated' as is_separated,
    nullif({{ try_cast('birth_date', 'date') }}, cast('1900-01-01' as date)) as born_on,
    {{ try_cast('hire_date', 'date') }} as hired_on,
    {{ try_cast('last_day', 'date') }} as last_day_on,
    {{ try_cast('record_created', 'date') }} as known_on
from {{ source('raw', 'hr_employees') }}
order by employee_no, _row
