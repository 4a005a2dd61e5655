-- One row per officer and spell in a unit, on the columns of `assignments`.
-- Point in time: known on its first day. The delivered last day belongs to the spell, so valid_to is the day after it; where
-- the next spell starts on that last day (100), this one ends there. An open spell has no valid_to, whoever left.

with spells as (

    select
        *,
        lead(started_on) over (partition by officer_id order by started_on) as next_started_on
    from {{ ref('stg_chicago__unit_spells') }}

),

names as (

    -- A number given twice: the unit that was active in 2016, then the first by name.
    select
        unit_id,
        unit_name,
        row_number() over (partition by unit_id order by is_active_in_2016 desc nulls last, unit_name asc) as choice
    from {{ ref('stg_chicago__units') }}

),

units as (

    select
        spelled.unit_id,
        types.unit_type
    from (select distinct unit_id from spells) as spelled
    left join {{ ref('chicago_unit_types') }} as types
        on cast(spelled.unit_id as integer) between types.first_unit and types.last_unit

)

select
    spells.officer_id || '-' || cast(spells.started_on as text) as assignment_id,
    spells.officer_id,
    spells.unit_id,
    names.unit_name,
    units.unit_type,
    cast(null as text) as division,
    cast(null as text) as shift,
    cast(null as text) as beat,
    cast(null as text) as supervisor_id,
    spells.started_on as valid_from,
    least({{ dbt.dateadd('day', 1, 'spells.last_day_on') }}, spells.next_started_on) as valid_to,
    spells.started_on as known_on
from spells
inner join units on spells.unit_id = units.unit_id
left join names on spells.unit_id = names.unit_id and names.choice = 1
