-- One row per officer, event and subject: a tactical response report, on the columns of `uses_of_force`.
-- Point in time: known when the report was submitted, mostly on the day of the event (81 %) or the next (18 %).
-- The published files hold no finding on the force.

{#- From the least severe to the most, by the department's own levels 0 to 6. -#}
{% set force_types = ['verbal', 'other', 'holding', 'chemical', 'takedown', 'strike', 'baton', 'taser', 'firearm'] %}
{% set resistances = ['passive', 'active', 'assault', 'deadly'] %}

with actions as (

    select
        force_id,
        is_officer_action,
        force_level,
        case
            when action_type in ('member presence', 'verbal commands') then 'verbal'
            when action_type = 'physical force - holding' then 'holding'
            when action = 'take down/emergency handcuffing' then 'takedown'
            when action_type in ('physical force - stunning', 'physical force - direct mechanical') then 'strike'
            when action_type in ('chemical', 'chemical (authorized)') then 'chemical'
            when action_type = 'impact weapon' then 'baton'
            when action_type in ('taser', 'firearm') then action_type
            else 'other'
        end as force_type,
        case
            when resistance_type like 'passive%' then 'passive'
            when resistance_type like 'active%' then 'active'
            when resistance_type like '%deadly force' then 'deadly'
            when resistance_type like 'assailant%' then 'assault'
        end as resistance
    from {{ ref('stg_chicago__force_report_actions') }}

),

highest as (

    -- The form lists an officer's action beside a resistance too; what the subject did is in the subject's own rows.
    select
        force_id,
        max(case when is_officer_action then force_level end) as force_level,
        max(
            case
                {%- for force_type in force_types %}
                when is_officer_action and force_type = '{{ force_type }}' then {{ loop.index }}
                {%- endfor %}
            end
        ) as force_order,
        max(
            case
                {%- for resistance in resistances %}
                when not is_officer_action and resistance = '{{ resistance }}' then {{ loop.index }}
                {%- endfor %}
            end
        ) as resistance_order
    from actions
    group by force_id

),

submissions as (

    -- 22 reports have no step `submitted`; they were there at the latest when the last step was taken.
    select
        force_id,
        coalesce(min(case when status = 'submitted' then status_on end), max(status_on)) as submitted_on
    from {{ ref('stg_chicago__force_report_statuses') }}
    group by force_id

)

select
    reports.force_id,
    coalesce('event-' || reports.event_number, 'report-' || reports.force_id) as incident_id,
    officers.officer_id,
    case highest.force_order
        {%- for force_type in force_types %}
        when {{ loop.index }} then '{{ force_type }}'
        {%- endfor %}
    end as force_type,
    case highest.resistance_order
        {%- for resistance in resistances %}
        when {{ loop.index }} then '{{ resistance }}'
        {%- endfor %}
    end as resistance,
    reports.beat,
    reports.location_type,
    subjects.race as subject_race,
    subjects.sex as subject_sex,
    cast(null as text) as finding,
    highest.force_level,
    subjects.age as subject_age,
    subjects.is_injured as is_subject_injured,
    officers.is_officer_injured,
    subjects.is_armed as is_subject_armed,
    reports.is_firearm_used,
    reports.is_taser_used,
    officers.is_in_uniform,
    officers.is_on_duty,
    reports.is_indoors,
    reports.is_night,
    reports.occurred_on,
    cast(null as date) as finding_on,
    greatest(reports.occurred_on, submissions.submitted_on) as known_on
from {{ ref('stg_chicago__force_reports') }} as reports
inner join {{ ref('stg_chicago__force_report_officers') }} as officers on reports.force_id = officers.force_id
left join {{ ref('stg_chicago__force_report_subjects') }} as subjects on reports.force_id = subjects.force_id
left join highest on reports.force_id = highest.force_id
left join submissions on reports.force_id = submissions.force_id
