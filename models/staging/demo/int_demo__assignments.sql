-- One row per officer, unit and period, on the columns of `assignments`.
-- Point in time: an order that was entered late counts from the day after its entry, and the one before it until then. So
-- whoever asks for the assignment on a day gets what the records showed before that day.

with

orders as (

    select
        *,
        greatest(started_on, known_on + 1) as valid_from
    from {{ ref('stg_demo__hr_assignments') }}

),

periods as (

    select
        *,
        coalesce(
            lead(valid_from) over (partition by officer_id order by valid_from, order_id), last_day_on + 1
        ) as valid_to
    from orders

)

select
    order_id as assignment_id,
    officer_id,
    unit_id,
    unit_name,
    unit_type,
    division,
    shift,
    beat,
    supervisor_id,
    valid_from,
    valid_to,
    known_on
from periods
where valid_to is null or valid_to > valid_from
