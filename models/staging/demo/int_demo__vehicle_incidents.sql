-- One row per officer and incident, on the columns of `vehicle_incidents`.
-- Point in time: where the day of the incident cannot be read, the day of the report, which is never too early.

with

incidents as (

    select * from {{ ref('stg_demo__fleet_incidents') }}

),

employees as (

    select * from {{ ref('stg_demo__hr_employees') }}

)

select
    incidents.incident_id as vehicle_incident_id,
    incidents.officer_id,
    case incidents.incident_type when 'pursuit' then 'pursuit' else 'accident' end as kind,
    case
        when incidents.board_on is null then null
        when incidents.board_result = 'preventable' then true
        when incidents.board_result = 'non-preventable' then false
    end as is_preventable,
    incidents.has_injury,
    coalesce(incidents.occurred_on, incidents.known_on) as occurred_on,
    incidents.board_on as finding_on,
    incidents.known_on
from incidents
inner join employees on incidents.officer_id = employees.officer_id
