-- One row per officer in service and as-of date: who is described and scored.
-- Point in time: hiring, separation and assignment as they stood at the as-of date.

with

as_of_dates as (
    select * from {{ ref('as_of_dates') }}
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
        on ranks.effective_on <= as_of_dates.as_of_date and ranks.known_on < as_of_dates.as_of_date
    order by ranks.officer_id, as_of_dates.as_of_date, ranks.effective_on desc, ranks.rank_id desc
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
            officers.hired_on <= as_of_dates.as_of_date
            and (officers.separated_on is null or officers.separated_on > as_of_dates.as_of_date)
            and not officers.is_separation_date_missing
    inner join assignments
        on
            assignments.officer_id = officers.officer_id
            and assignments.valid_from <= as_of_dates.as_of_date
            and (assignments.valid_to is null or assignments.valid_to > as_of_dates.as_of_date)
    order by officers.officer_id, as_of_dates.as_of_date, assignments.valid_from desc, assignments.assignment_id desc
)

select
    in_service.officer_id,
    in_service.unit_id,
    {% if is_supplied('ranks') -%}
    current_rank.rank_group,
    {% else -%}
    cast(null as text) as rank_group,
    {% endif -%}
    coalesce(in_service.unit_type, 'unknown') || ', ' || coalesce(in_service.shift, 'any shift')
    {%- if is_supplied('ranks') %} || ', ' || coalesce(current_rank.rank_group, 'any rank'){% endif %} as peer_group,
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
    in_service.month_number - {{ month_number('in_service.hired_on') }} >= {{ var('cohort').min_service_months }}
    {%- if var('cohort').rank_groups and is_supplied('ranks') %}
    and current_rank.rank_group in ('{{ var("cohort").rank_groups | join("', '") }}')
    {%- endif %}
