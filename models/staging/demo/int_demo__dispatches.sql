-- One row per call and officer, on the columns of `dispatches`.

with

dispatches as (

    select * from {{ ref('stg_demo__cad_dispatches') }}

),

employees as (

    select * from {{ ref('stg_demo__hr_employees') }}

)

select
    dispatches.call_id || '-' || employees.officer_id as dispatch_id,
    dispatches.call_id,
    employees.officer_id,
    dispatches.call_type,
    case dispatches.call_type
        when 'suicide att' then 'suicide'
        when 'child abuse' then 'child_victim'
        when 'domestic' then 'domestic'
        when 'death inv' then 'death'
        when 'assault ip' then 'violent'
        when 'shots fired' then 'weapons'
    end as stress_category,
    dispatches.beat,
    dispatches.priority,
    dispatches.is_officer_initiated,
    cast(extract(epoch from dispatches.cleared_at - dispatches.dispatched_at) / 60 as integer) as handling_minutes,
    dispatches.dispatched_at,
    dispatches.known_on
from dispatches
inner join employees on dispatches.badge = employees.badge
