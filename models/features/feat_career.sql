-- One row per officer of the cohort and as-of date: service, rank, pay and moves between units.
-- Point in time: assignments that had begun and were known on the as-of date, steps that were in force on it and known before it.
{% set family = {'kind': 'plain', 'name': 'career', 'features': [
    {'name': 'service_months', 'label': 'Months since appointment', 'sql': 'cohort.service_months', 'sources': ['officers']},
    {'name': 'is_probationary', 'label': 'Appointed less than 18 months ago (1 or 0)', 'sources': ['officers'],
     'sql': 'case when cohort.service_months < 18 then 1 else 0 end'},
    {'name': 'is_supervisor', 'label': 'Sergeant or above (1 or 0)', 'sources': ['ranks'], 'null_rule': 'null where the rank is unknown',
     'sql': "case when cohort.rank_group in ('sergeant', 'lieutenant', 'command') then 1 when cohort.rank_group is not null then 0 end"},
    {'name': 'is_detective', 'label': 'Detective (1 or 0)', 'sources': ['ranks'], 'null_rule': 'null where the rank is unknown',
     'sql': "case when cohort.rank_group = 'detective' then 1 when cohort.rank_group is not null then 0 end"},
    {'name': 'salary_rank', 'label': 'Share of the cohort with less pay', 'sources': ['ranks'], 'uses': 'annual_salary', 'type': 'real',
     'sql': 'pay.salary_rank', 'null_rule': 'null where the pay is unknown'},
    {'name': 'ranks_ever', 'label': 'Ranks held so far, as far as they are on record', 'sources': ['ranks'], 'uses': 'rank_group',
     'sql': 'coalesce(steps.ranks_ever, 0)'},
    {'name': 'months_in_rank', 'label': 'Months since the first step of the present rank that is on record', 'sources': ['ranks'],
     'uses': 'rank_group', 'sql': 'steps.months_in_rank', 'null_rule': 'null where the rank is unknown'},
    {'name': 'units_ever', 'label': 'Assignments so far', 'sources': ['assignments'], 'sql': 'moves.units_ever'},
    {'name': 'moves_12m', 'label': 'Assignments begun in the last 12 months', 'sources': ['assignments'], 'window': 12, 'sql': 'moves.moves_12m'},
    {'name': 'moves_60m', 'label': 'Assignments begun in the last 60 months', 'sources': ['assignments'], 'window': 60, 'sql': 'moves.moves_60m'},
    {'name': 'months_in_unit', 'label': 'Months since the last assignment began', 'sources': ['assignments'], 'sql': 'moves.months_in_unit'},
    {'name': 'open_assignments', 'label': 'Assignments open at the same time', 'sources': ['assignments'], 'sql': 'moves.open_assignments'},
    {'name': 'unit_size', 'label': 'Officers of the cohort in the unit', 'sources': ['assignments'],
     'sql': 'count(*) over (partition by cohort.as_of_date, cohort.unit_id)', 'scope': 'context'},
]} -%}
{{ config(meta={'family': family}, indexes=key_of_features()) }}

with

cohort as (
    select * from {{ ref('officer_cohort') }}
    where {{ to_build('as_of_date') }}
),

{% if is_supplied('ranks') -%}
pay as (
    select
        officer_id,
        as_of_date,
        percent_rank() over (partition by as_of_date order by annual_salary) as salary_rank
    from (
        select distinct on (cohort.officer_id, cohort.as_of_date)
            cohort.officer_id,
            cohort.as_of_date,
            ranks.annual_salary
        from cohort
        inner join {{ ref('ranks') }} as ranks
            on cohort.officer_id = ranks.officer_id and cohort.as_of_date >= ranks.effective_on and cohort.as_of_date > ranks.known_on
        where ranks.annual_salary is not null
        order by cohort.officer_id asc, cohort.as_of_date asc, ranks.effective_on desc, ranks.rank_id desc
    ) as latest
),

steps as (
    select
        cohort.officer_id,
        cohort.as_of_date,
        count(distinct ranks.rank_group) as ranks_ever,
        {{ month_number('cohort.as_of_date') }} - {{ month_number(
            'min(ranks.effective_on) filter (where ranks.rank_group = cohort.rank_group)'
        ) }} as months_in_rank
    from cohort
    inner join {{ ref('ranks') }} as ranks
        on cohort.officer_id = ranks.officer_id and cohort.as_of_date >= ranks.effective_on and cohort.as_of_date > ranks.known_on
    group by cohort.officer_id, cohort.as_of_date
),
{%- endif %}

moves as (
    select
        cohort.officer_id,
        cohort.as_of_date,
        count(*) as units_ever,
        count(*) filter (where assignments.valid_from >= cohort.as_of_date - interval '12 months') as moves_12m,
        count(*) filter (where assignments.valid_from >= cohort.as_of_date - interval '60 months') as moves_60m,
        {{ month_number('cohort.as_of_date') }} - {{ month_number('max(assignments.valid_from)') }} as months_in_unit,
        count(*) filter (
            where assignments.valid_to is null or assignments.valid_to > cohort.as_of_date
        ) as open_assignments
    from cohort
    inner join {{ ref('assignments') }} as assignments
        on
            cohort.officer_id = assignments.officer_id
            and cohort.as_of_date >= assignments.valid_from
            and cohort.as_of_date >= assignments.known_on
    group by cohort.officer_id, cohort.as_of_date
)

select
    cohort.officer_id,
    {{- plain_columns(family) }}
    cohort.as_of_date
from cohort
inner join moves
    on cohort.officer_id = moves.officer_id and cohort.as_of_date = moves.as_of_date
{% if is_supplied('ranks') -%}
left join pay
    on cohort.officer_id = pay.officer_id and cohort.as_of_date = pay.as_of_date
left join steps
    on cohort.officer_id = steps.officer_id and cohort.as_of_date = steps.as_of_date
{% endif %}
