-- One row per officer and award, on the columns of `commendations`.

with

awards as (

    select * from {{ ref('stg_demo__hr_commendations') }}

),

employees as (

    select * from {{ ref('stg_demo__hr_employees') }}

)

select
    awards.award_id as commendation_id,
    awards.officer_id,
    case awards.award_code
        when 'life' then 'lifesaving'
        when 'valor' then 'valor'
        when 'service' then 'service'
        when 'letter' then 'citizen_letter'
        else 'other'
    end as kind,
    awards.awarded_on,
    awards.known_on
from awards
inner join employees on awards.officer_id = employees.officer_id
