-- One row per officer, incident and subject, on the columns of `uses_of_force`.
-- Point in time: where the day of the incident cannot be read, the day of the report, which is never too early.

with

reports as (

    select * from {{ ref('stg_demo__rms_force_reports') }}

),

employees as (

    select * from {{ ref('stg_demo__hr_employees') }}

)

select
    reports.report_id as force_id,
    reports.incident_id,
    employees.officer_id,
    case reports.force_code
        when 'verb' then 'verbal'
        when 'hold' then 'holding'
        when 'takedown' then 'takedown'
        when 'strike' then 'strike'
        when 'oc' then 'chemical'
        when 'cew' then 'taser'
        when 'baton' then 'baton'
        when 'firearm' then 'firearm'
        else 'other'
    end as force_type,
    nullif(reports.resistance, '??') as resistance,
    reports.beat,
    reports.location_type,
    reports.subject_race,
    reports.subject_sex,
    case
        when reports.reviewed_on is null then null
        when reports.review_finding = 'within policy' then 'justified'
        when reports.review_finding = 'out of policy' then 'unjustified'
    end as finding,
    case reports.force_code
        when 'verb' then 0
        when 'hold' then 1
        when 'takedown' then 2
        when 'strike' then 3
        when 'oc' then 3
        when 'cew' then 4
        when 'baton' then 5
        when 'firearm' then 6
    end as force_level,
    reports.subject_age,
    reports.is_subject_injured,
    reports.is_officer_injured,
    reports.is_subject_armed,
    reports.force_code = 'firearm' as is_firearm_used,
    reports.force_code = 'cew' as is_taser_used,
    reports.is_in_uniform,
    reports.is_on_duty,
    reports.is_indoors,
    extract(hour from reports.occurred_at) >= 22 or extract(hour from reports.occurred_at) < 6 as is_night,
    coalesce(cast(reports.occurred_at as date), reports.known_on) as occurred_on,
    reports.reviewed_on as finding_on,
    reports.known_on
from reports
inner join employees on reports.badge = employees.badge
