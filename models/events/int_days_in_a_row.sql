-- One row per officer, day of work and length: the day was at least the third, or the seventh, in a row.
-- Point in time: known when the last of the days was, so a day that payroll posts late makes a row when it comes and takes none away.
{{ config(
    enabled=is_supplied('shifts'), materialized='incremental', incremental_strategy='from_changed_facts', on_schema_change='fail',
) }}

with

-- A day is known to be worked when the first of its shifts is.
worked as (
    select distinct on (officer_id, cast(starts_at as date))
        shift_id,
        officer_id,
        cast(starts_at as date) as worked_on,
        known_on
    from {{ ref('shifts') }}
    where
        leave_type is null
        -- In an increment, a row that has to be built has a changed day, and reaches back six days at most.
        and starts_at >= (
            select min(cast(changed.starts_at as date)) - 6
            from {{ ref('shifts') }} as changed
            where changed.leave_type is null and {{ known_since('changed.known_on') }}
        )
    order by officer_id asc, cast(starts_at as date) asc, known_on asc, shift_id asc
),

-- One row a day: days are in a row where the one so many rows before is as many days before.
looked_back as (
    select
        shift_id,
        officer_id,
        worked_on,
        worked_on - lag(worked_on, 2) over by_day = 2 as is_third,
        worked_on - lag(worked_on, 6) over by_day = 6 as is_seventh,
        max(known_on) over (by_day rows between 2 preceding and current row) as third_known_on,
        max(known_on) over (by_day rows between 6 preceding and current row) as seventh_known_on
    from worked
    window by_day as (partition by officer_id order by worked_on)
),

lengths as (
    select 3 as days_in_a_row
    union all
    select 7 as days_in_a_row
),

reached as (
    select
        looked_back.shift_id,
        looked_back.officer_id,
        lengths.days_in_a_row,
        looked_back.worked_on as happened_on,
        case lengths.days_in_a_row when 3 then looked_back.third_known_on else looked_back.seventh_known_on end as known_on
    from looked_back
    inner join lengths
        on case lengths.days_in_a_row when 3 then looked_back.is_third else looked_back.is_seventh end
)

select
    shift_id,
    officer_id,
    days_in_a_row,
    happened_on,
    known_on
from reached
where {{ known_since('known_on') }}
