-- One row per officer of the cohort, as-of date, outcome and horizon with a case in the window: when was the last of them decided?
-- A case is what a finding may make adverse: every complaint, not the sustained ones only. For outcomes that nothing decides later
-- there is none. What was open at a date T is what is decided on T or later: the label at T may change still.

{% set declared = var('outcomes') | selectattr('table') | selectattr('is_decided_later') | list -%}
{%- set composites = var('outcomes') | selectattr('any_of') | list -%}
with

{% if declared -%}
cases as (
    {% for outcome in declared -%}
    select
        cast('{{ outcome.name }}' as text) as outcome,
        officer_id,
        cast({{ outcome.dated_by }} as date) as happened_on,
        -- A day that has not come stands for a case that is open.
        coalesce(cast({{ outcome.known_by }} as date), cast('9999-12-31' as date)) as decided_on
    from {{ ref(outcome.table) }}
    where {{ outcome.dated_by }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),
{%- else -%}
cases as (
    select
        cast(null as text) as outcome,
        cast(null as text) as officer_id,
        cast(null as date) as happened_on,
        cast(null as date) as decided_on
    where false
),
{%- endif %}

all_cases as (
    select * from cases
    {% for composite in composites -%}
    union all
    select
        cast('{{ composite.name }}' as text) as outcome,
        officer_id,
        happened_on,
        decided_on
    from cases
    where outcome in ('{{ composite.any_of | join("', '") }}')
    {% endfor %}
),

labels as (
    select * from {{ ref('officer_labels') }}
)

select
    labels.officer_id,
    labels.as_of_date,
    labels.outcome,
    labels.horizon_months,
    max(all_cases.decided_on) as last_decided_on
from labels
inner join all_cases
    on
        labels.officer_id = all_cases.officer_id
        and labels.outcome = all_cases.outcome
        and labels.as_of_date <= all_cases.happened_on
        and labels.window_end > all_cases.happened_on
group by labels.officer_id, labels.as_of_date, labels.outcome, labels.horizon_months
