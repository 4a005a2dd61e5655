-- One row per officer in service and as-of date: who is described and scored.
-- Point in time: hiring, separation and assignment as they stood at the as-of date.
{% set rank_group = 'current_rank.rank_group' if is_supplied('ranks') else 'cast(null as text)' %}

with

as_of_dates as (
    select * from {{ ref('as_of_dates') }}
    where {{ to_build('as_of_date') }}
),

officers as (
    select * from {{ ref('officers') }}
),

assignments as (
    select * from {{ ref('assignments') }}
),

{% if is_supplied('ranks') -%}
-- The step in force at the as-of date, known before it.
current_rank as (
    select distinct on (ranks.officer_id, as_of_dates.as_of_date)
        ranks.officer_id,
        as_of_dates.as_of_date,
        ranks.rank_group
    from as_of_dates
    inner join {{ ref('ranks') }} as ranks
        on as_of_dates.as_of_date >= ranks.effective_on and as_of_dates.as_of_date > ranks.known_on
    order by ranks.officer_id asc, as_of_dates.as_of_date asc, ranks.effective_on desc, ranks.rank_id desc
),
{%- endif %}

-- The open assignment; the latest one where several are open.
in_service as (
    select distinct on (officers.officer_id, as_of_dates.as_of_date)
        officers.officer_id,
        as_of_dates.as_of_date,
        as_of_dates.month_number,
        officers.hired_on,
        assignments.unit_id,
        assignments.unit_type,
        assignments.shift
    from as_of_dates
    inner join officers
        on
            as_of_dates.as_of_date >= officers.hired_on
            and (officers.separated_on is null or as_of_dates.as_of_date < officers.separated_on)
            and not officers.is_separation_date_missing
    inner join assignments
        on
            officers.officer_id = assignments.officer_id
            and as_of_dates.as_of_date >= assignments.valid_from
            -- The roster of the day is known on the day.
            and as_of_dates.as_of_date >= assignments.known_on
            and (assignments.valid_to is null or as_of_dates.as_of_date < assignments.valid_to)
    order by officers.officer_id asc, as_of_dates.as_of_date asc, assignments.valid_from desc, assignments.assignment_id desc
)

select
    in_service.officer_id,
    in_service.unit_id,
    {{ rank_group }} as rank_group,
    concat_ws(', ', coalesce(in_service.unit_type, 'unknown unit type'), in_service.shift, {{ rank_group }}) as peer_group,
    in_service.month_number,
    in_service.month_number - {{ month_number('in_service.hired_on') }} as service_months,
    in_service.as_of_date
from in_service
{% if is_supplied('ranks') -%}
left join current_rank
    on
        in_service.officer_id = current_rank.officer_id
        and in_service.as_of_date = current_rank.as_of_date
{% endif -%}
where
    {% if var('cohort').excluded_unit_types -%}
    coalesce(in_service.unit_type, 'unknown') not in ('{{ var("cohort").excluded_unit_types | join("', '") }}') and
    {% endif -%}
    {% if var('cohort').rank_groups and is_supplied('ranks') -%}
    current_rank.rank_group in ('{{ var("cohort").rank_groups | join("', '") }}') and
    {% endif -%}
    in_service.month_number - {{ month_number('in_service.hired_on') }} >= {{ var('cohort').min_service_months }}
