-- One row per officer and rank or pay step, on the columns of `ranks`.

with

steps as (

    select * from {{ ref('stg_demo__hr_ranks') }}

)

select
    step_id as rank_id,
    officer_id,
    rank,
    case rank
        when 'police officer' then 'officer'
        when 'detective' then 'detective'
        when 'sergeant' then 'sergeant'
        when 'lieutenant' then 'lieutenant'
        when 'captain' then 'command'
        else 'other'
    end as rank_group,
    pay_grade,
    annual_salary,
    effective_on,
    known_on
from steps
