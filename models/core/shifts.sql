-- One row per officer and shift, worked or on leave.
{{ config(enabled=is_supplied('shifts')) }}

select
    cast(shift_id as text) as shift_id,
    cast(officer_id as text) as officer_id,
    cast(is_night as boolean) as is_night,
    cast(leave_type as text) as leave_type,
    cast(worked_minutes as integer) as worked_minutes,
    cast(overtime_minutes as integer) as overtime_minutes,
    cast(rest_minutes as integer) as rest_minutes,
    cast(starts_at as timestamp) as starts_at,
    cast(ends_at as timestamp) as ends_at,
    cast(known_on as date) as known_on
from {{ mapped('shifts') }}
where {{ still_stands('shifts') }}
