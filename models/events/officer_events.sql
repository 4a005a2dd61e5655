-- One row per officer and event that a reviewer may want to see: the spine behind timelines and evidence.
-- `happened_on` is when it took place, `known_on` the day on which the department knew of it.
-- Routine activity (shifts, calls, stops, arrests) is left to its own tables.
{% set notable = [
    {'table': 'uses_of_force', 'type': 'force report', 'happened_on': 'occurred_on', 'detail': 'force_type'},
    {'table': 'complaints', 'type': 'complaint', 'happened_on': 'coalesce(incident_on, reported_on)', 'detail': 'category'},
    {'table': 'vehicle_incidents', 'type': 'vehicle incident', 'happened_on': 'occurred_on', 'detail': 'kind'},
    {'table': 'injuries', 'type': 'injury', 'happened_on': 'injured_on', 'detail': 'cause'},
    {'table': 'civil_claims', 'type': 'civil claim', 'happened_on': 'filed_on', 'detail': 'matter_type'},
    {'table': 'criminal_matters', 'type': 'criminal matter', 'happened_on': 'filed_on', 'detail': 'matter_type'},
    {'table': 'commendations', 'type': 'commendation', 'happened_on': 'awarded_on', 'detail': 'kind'},
    {'table': 'training', 'type': 'training', 'happened_on': 'completed_on', 'detail': 'course'},
    {'table': 'legacy_alerts', 'type': 'threshold alert', 'happened_on': 'raised_on', 'detail': 'rule'},
    {'table': 'interventions', 'type': 'intervention', 'happened_on': 'started_on', 'detail': 'kind'},
] -%}

{% for source in notable if is_supplied(source.table) -%}
select
    cast('{{ source.table }}' as text) || '/' || {{ primary_key_of(source.table) }} as event_key,
    officer_id,
    cast('{{ source.type }}' as text) as event_type,
    cast({{ source.detail }} as text) as detail,
    cast('{{ source.table }}' as text) as event_table,
    cast({{ primary_key_of(source.table) }} as text) as event_id,
    {{ source.happened_on }} as happened_on,
    known_on
from {{ ref(source.table) }}
{{ 'union all' if not loop.last }}
{% endfor %}
