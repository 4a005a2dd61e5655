-- One row per officer and event that a reviewer may want to see: the spine behind timelines and evidence.
-- `happened_on` is when it took place, `known_on` the day on which the department knew of it.
-- Routine activity (shifts, calls, stops, arrests) is left to its own tables.
-- Files of officers are a view on it, which stays while it is built.
{{ config(meta={'is_read_while_built': true}) }}
{% set notable = [
    {'table': 'uses_of_force', 'type': 'force report', 'detail': 'force_type'},
    {'table': 'complaints', 'type': 'complaint', 'detail': 'category'},
    {'table': 'vehicle_incidents', 'type': 'vehicle incident', 'detail': 'kind'},
    {'table': 'injuries', 'type': 'injury', 'detail': 'cause'},
    {'table': 'civil_claims', 'type': 'civil claim', 'detail': 'matter_type'},
    {'table': 'criminal_matters', 'type': 'criminal matter', 'detail': 'matter_type'},
    {'table': 'commendations', 'type': 'commendation', 'detail': 'kind'},
    {'table': 'training', 'type': 'training', 'detail': 'course'},
    {'table': 'legacy_alerts', 'type': 'threshold alert', 'detail': 'rule'},
    {'table': 'interventions', 'type': 'intervention', 'detail': 'kind'},
] -%}

{% for source in notable if is_supplied(source.table) -%}
select
    cast('{{ source.table }}' as text) || '/' || {{ primary_key_of(source.table) }} as event_key,
    officer_id,
    cast('{{ source.type }}' as text) as event_type,
    cast({{ source.detail }} as text) as detail,
    cast('{{ source.table }}' as text) as event_table,
    cast({{ primary_key_of(source.table) }} as text) as event_id,
    {{ happened_on_of(source.table) }} as happened_on,
    known_on
from {{ ref(source.table) }}
{{ 'union all' if not loop.last }}
{% endfor %}
