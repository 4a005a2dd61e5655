-- One row per officer, incident and subject, on the columns of `uses_of_force`. The form has one subject.
-- Point in time: known when entered; the finding from finding_on.

with

entries as (

    select *
    from {{ ref('int_county__entry_deputies') }}
    where entry_type = 'use of force'

)

select
    entry_officer_id as force_id,
    entry_id as incident_id,
    officer_id,
    case force_used
        when 'hands' then 'holding'
        when 'oc spray' then 'chemical'
        when 'taser' then 'taser'
        when 'baton' then 'baton'
        when 'firearm discharge' then 'firearm'
        else 'other'
    end as force_type,
    cast(null as text) as resistance,
    cast(null as text) as beat,
    cast(null as text) as location_type,
    cast(null as text) as subject_race,
    cast(null as text) as subject_sex,
    case
        when disposed_on is null then null
        when disposition = 'within policy' then 'justified'
        when disposition = 'out of policy' then 'unjustified'
    end as finding,
    case force_used
        when 'hands' then 1
        when 'oc spray' then 3
        when 'taser' then 4
        when 'baton' then 5
        when 'k-9' then 5
        when 'firearm discharge' then 6
    end as force_level,
    cast(null as integer) as subject_age,
    has_injury as is_subject_injured,
    cast(null as boolean) as is_officer_injured,
    cast(null as boolean) as is_subject_armed,
    force_used = 'firearm discharge' as is_firearm_used,
    force_used = 'taser' as is_taser_used,
    cast(null as boolean) as is_in_uniform,
    cast(null as boolean) as is_on_duty,
    cast(null as boolean) as is_indoors,
    extract(hour from occurred_at) >= 22 or extract(hour from occurred_at) < 6 as is_night,
    coalesce(cast(occurred_at as date), known_on) as occurred_on,
    disposed_on as finding_on,
    known_on
from entries
