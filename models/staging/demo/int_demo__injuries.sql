-- One row per injury, on the columns of `injuries`.

with

injuries as (

    select * from {{ ref('stg_demo__hr_injuries') }}

)

select
    injury_id,
    officer_id,
    case cause
        when 'assaulted' then 'assault'
        when 'accident' then 'accident'
        when 'training' then 'training'
        else 'other'
    end as cause,
    days_lost,
    injured_on,
    returned_on,
    known_on
from injuries
