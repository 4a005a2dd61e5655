-- One row per stop and officer, on the columns of `stops`.

with

stops as (

    select * from {{ ref('stg_demo__rms_stops') }}

),

employees as (

    select * from {{ ref('stg_demo__hr_employees') }}

)

select
    stops.stop_id || '-' || employees.officer_id as stop_officer_id,
    stops.stop_id,
    employees.officer_id,
    case stops.stop_type when 'traf' then 'traffic' when 'ped' then 'pedestrian' end as kind,
    nullif(stops.reason, '??') as reason,
    case stops.outcome when 'warn' then 'warning' when 'cite' then 'citation' else stops.outcome end as outcome,
    stops.beat,
    nullif(stops.subject_race, '??') as subject_race,
    stops.subject_sex,
    case
        when stops.subject_age < 18 then 'under 18'
        when stops.subject_age <= 25 then '18-25'
        when stops.subject_age <= 40 then '26-40'
        when stops.subject_age > 40 then 'over 40'
    end as subject_age_band,
    stops.is_searched,
    case when stops.is_searched then stops.is_contraband_found end as is_contraband_found,
    stops.is_force_used,
    stops.stopped_at,
    stops.known_on
from stops
inner join employees on stops.badge = employees.badge
