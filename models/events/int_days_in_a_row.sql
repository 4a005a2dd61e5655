-- One row per officer, day of work and length: the day was at least the third, or the seventh, in a row.
-- Point in time: known when the last of the days was, so a day that payroll posts late makes a row when it comes and takes none away.
{{ config(
    enabled=is_supplied('shifts'), materialized='incremental', incremental_strategy='from_changed_facts', on_schema_change='fail',
) }}
{% set lengths = [3, 7] %}

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
        {% if is_incremental() -%}
        -- No row that has to be built has a day before the changed ones' but those to which it reaches back.
        and starts_at >= (
            select min(cast(starts_at as date)) - {{ lengths[-1] - 1 }} from {{ ref('shifts') }}
            where leave_type is null and {{ known_since('known_on') }}
        )
        {%- endif %}
    order by officer_id asc, cast(starts_at as date) asc, known_on asc, shift_id asc
),

-- One row a day: the days are in a row where the one so many rows before is as many days before.
looked_back as (
    select
        shift_id,
        officer_id,
        worked_on,
        {% for days in lengths -%}
        worked_on - lag(worked_on, {{ days - 1 }}) over by_day as days_since_{{ days }},
        max(known_on) over (by_day rows between {{ days - 1 }} preceding and current row) as known_on_{{ days }}{{ ',' if not loop.last }}
        {% endfor %}
    from worked
    window by_day as (partition by officer_id order by worked_on)
),

lengths as (
    {% for days in lengths -%}
    select {{ days }} as days_in_a_row{{ ' union all' if not loop.last }}
    {% endfor %}
)

select
    shift_id,
    officer_id,
    days_in_a_row,
    happened_on,
    known_on
from (
    select
        looked_back.shift_id,
        looked_back.officer_id,
        lengths.days_in_a_row,
        looked_back.worked_on as happened_on,
        case lengths.days_in_a_row
            {%- for days in lengths %} when {{ days }} then looked_back.known_on_{{ days }}{% endfor %} end as known_on,
        case lengths.days_in_a_row
            {%- for days in lengths %} when {{ days }} then looked_back.days_since_{{ days }}{% endfor %} end as days_since
    from looked_back
    cross join lengths
) as reached
where days_since = days_in_a_row - 1 and {{ known_since('known_on') }}
