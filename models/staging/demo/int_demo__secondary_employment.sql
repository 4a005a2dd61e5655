-- One row per officer and day of outside work, on the columns of `secondary_employment`.

with

lines as (

    select * from {{ ref('stg_demo__payroll_secondary_employment') }}

),

employees as (

    select * from {{ ref('stg_demo__hr_employees') }}

)

select
    lines.line_id as stint_id,
    lines.officer_id,
    case lines.employer_class
        when 'sec' then 'security'
        when 'trf' then 'traffic'
        when 'evt' then 'event'
        else 'other'
    end as employer_type,
    lines.worked_minutes,
    lines.worked_on,
    lines.known_on
from lines
inner join employees on lines.officer_id = employees.officer_id
