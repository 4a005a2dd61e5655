-- One row per officer, unit and period, on the columns of `assignments`.
-- Point in time: a posting that was entered late counts from the day after its entry, and the one before it until then.

with

postings as (

    select
        *,
        greatest(started_on, known_on + 1) as valid_from
    from {{ ref('stg_county__postings') }}

),

periods as (

    select
        *,
        coalesce(lead(valid_from) over (partition by officer_id order by valid_from, started_on), last_day_on + 1) as valid_to
    from postings

)

select
    officer_id || '-' || cast(started_on as text) as assignment_id,
    officer_id,
    post as unit_id,
    post as unit_name,
    case post_kind
        when 'patrol' then 'patrol'
        when 'detect' then 'investigation'
        when 'jail' then 'special'
        when 'court' then 'support'
    end as unit_type,
    cast(null as text) as division,
    case watch when 'a' then 'day' when 'b' then 'evening' when 'c' then 'night' end as shift,
    cast(null as text) as beat,
    cast(null as text) as supervisor_id,
    valid_from,
    valid_to,
    known_on
from periods
where valid_to is null or valid_to > valid_from
