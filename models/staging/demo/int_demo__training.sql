-- One row per officer and course, on the columns of `training`.

with

courses as (

    select * from {{ ref('stg_demo__hr_training') }}

),

employees as (

    select * from {{ ref('stg_demo__hr_employees') }}

)

select
    courses.enrolment_id as training_id,
    courses.officer_id,
    case courses.course_code
        when 'firearms' then 'firearms'
        when 'cit' then 'crisis_intervention'
        when 'deesc' then 'de_escalation'
        when 'evoc' then 'driving'
        when 'law' then 'law'
        when 'well' then 'wellness'
        else 'other'
    end as course,
    courses.hours,
    courses.is_passed,
    courses.completed_on,
    courses.known_on
from courses
inner join employees on courses.officer_id = employees.officer_id
