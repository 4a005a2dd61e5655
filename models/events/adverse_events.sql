-- One row per officer, outcome and event: what the department declares adverse in department.yml.
-- `known_on` is when it was known to be adverse, which for a finding is long after it happened; null where that day is unknown.

{% set declared = var('outcomes') | selectattr('table') | list -%}
{%- set composites = var('outcomes') | selectattr('any_of') | list -%}
with

declared as (
    {% for outcome in declared -%}
    select
        cast('{{ outcome.name }}' as text) as outcome,
        officer_id,
        cast({{ primary_key_of(outcome.table) }} as text) as event_id,
        cast('{{ outcome.table }}' as text) as event_table,
        cast({{ outcome.dated_by }} as date) as happened_on,
        cast({{ outcome.known_by }} as date) as known_on
    from {{ ref(outcome.table) }}
    where
        {{ outcome.dated_by }} is not null
        and {{ outcome.where }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from declared
{% for composite in composites -%}
union all
select
    cast('{{ composite.name }}' as text) as outcome,
    officer_id,
    event_id,
    event_table,
    min(happened_on) as happened_on,
    min(known_on) as known_on
from declared
where outcome in ('{{ composite.any_of | join("', '") }}')
group by officer_id, event_id, event_table
{% endfor %}
