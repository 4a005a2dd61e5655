-- One row per shift worked: the how-manieth consecutive day of work it fell on.
-- Point in time: known when the shift and all those of the days before it in the row were known.
{{ config(enabled=is_supplied('shifts')) }}

with

worked as (
    select
        shift_id,
        officer_id,
        cast(starts_at as date) as worked_on,
        known_on,
        -- The same for all days in a row: both go up by one.
        cast(starts_at as date) - cast(
            dense_rank() over (partition by officer_id order by cast(starts_at as date)) as integer
        ) as run_of_days
    from {{ ref('shifts') }}
    where leave_type is null
)

select
    shift_id,
    officer_id,
    cast(dense_rank() over in_run as integer) as consecutive_days,
    worked_on as happened_on,
    max(known_on) over in_run as known_on
from worked
window in_run as (partition by officer_id, run_of_days order by worked_on)
