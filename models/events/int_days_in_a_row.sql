-- One row per officer, day of work and length: the day was at least the third, or the seventh, in a row.
-- Point in time: known when the last of the days was, so a day that payroll posts late makes a row when it comes and takes none away.
{{ config(enabled=is_supplied('shifts')) }}

with

-- A day is known to be worked when the first of its shifts is.
worked as (
    select distinct on (officer_id, cast(starts_at as date))
        shift_id,
        officer_id,
        cast(starts_at as date) as worked_on,
        known_on
    from {{ ref('shifts') }}
    where leave_type is null
    order by officer_id asc, cast(starts_at as date) asc, known_on asc, shift_id asc
),

{% for days in [3, 7] -%}
last_{{ days }}_days as (
    select
        shift_id,
        officer_id,
        {{ days }} as days_in_a_row,
        worked_on as happened_on,
        max(known_on) over last_days as known_on,
        count(*) over last_days as worked_days
    from worked
    window last_days as (
        partition by officer_id order by worked_on range between interval '{{ days - 1 }} days' preceding and current row
    )
){{ ',' if not loop.last }}

{% endfor -%}

{% for days in [3, 7] -%}
select
    shift_id,
    officer_id,
    days_in_a_row,
    happened_on,
    known_on
from last_{{ days }}_days
where worked_days = days_in_a_row
{{ 'union all' if not loop.last }}
{% endfor %}
