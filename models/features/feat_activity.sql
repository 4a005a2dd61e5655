-- One row per officer of the cohort and as-of date: calls, arrests and stops.
-- Point in time: an event counts from the day it was known.
{% set family = {'kind': 'events', 'name': 'activity', 'streams': [
    {'table': 'dispatches', 'by_month': true, 'known_on': 'known_on', 'measures': [
        {'name': 'dispatches', 'label': 'Calls', 'trend': true, 'scope': 'context'},
        {'name': 'self_initiated', 'label': 'Calls that the officer initiated', 'where': 'is_officer_initiated'},
        {'name': 'urgent', 'label': 'Calls of priority 1', 'where': 'priority = 1', 'scope': 'context'},
        {'name': 'stressful', 'label': 'Calls of a stressful type', 'where': 'stress_category is not null', 'scope': 'context'},
    ]},
    {'table': 'arrests', 'known_on': 'known_on', 'measures': [
        {'name': 'arrests', 'label': 'Arrests', 'trend': true},
        {'name': 'felony_arrests', 'label': 'Felony arrests', 'where': 'is_felony'},
        {'name': 'resisting_only_arrests', 'label': 'Arrests for resisting only', 'where': 'is_resisting_only'},
        {'name': 'disorder_arrests', 'label': 'Arrests for disorder', 'where': "charge_type = 'disorder'"},
    ]},
    {'table': 'arrests', 'known_on': 'decided_on', 'measures': [
        {'name': 'dismissed_arrests', 'label': 'Arrests whose charge was dismissed', 'where': 'is_dismissed'},
    ]},
    {'table': 'stops', 'known_on': 'known_on', 'measures': [
        {'name': 'stops', 'label': 'Stops', 'trend': true},
        {'name': 'searches', 'label': 'Stops with a search', 'where': 'is_searched'},
        {'name': 'force_stops', 'label': 'Stops with force', 'where': 'is_force_used'},
    ]},
]} -%}
{{ config(meta={'family': family}, indexes=key_of_features()) }}
{{ event_family(family) }}
