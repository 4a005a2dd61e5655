-- One row per arrest and officer, on the columns of `arrests`.

with

arrests as (

    select * from {{ ref('stg_demo__rms_arrests') }}

),

dispositions as (

    select * from {{ ref('stg_demo__rms_arrest_dispositions') }}

),

employees as (

    select * from {{ ref('stg_demo__hr_employees') }}

)

select
    arrests.arrest_id || '-' || employees.officer_id as arrest_officer_id,
    arrests.arrest_id,
    employees.officer_id,
    case arrests.charge_code
        when 'viol' then 'violent'
        when 'prop' then 'property'
        when 'narc' then 'drug'
        when 'weap' then 'weapons'
        when 'traf' then 'traffic'
        when 'diso' then 'disorder'
        when 'warr' then 'warrant'
        else 'other'
    end as charge_type,
    arrests.is_felony,
    arrests.is_resisting_only,
    dispositions.is_dismissed,
    arrests.arrested_at,
    dispositions.decided_on,
    arrests.known_on
from arrests
inner join employees on arrests.badge = employees.badge
left join dispositions on arrests.arrest_id = dispositions.arrest_id
