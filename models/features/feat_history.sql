-- One row per officer of the cohort and as-of date: alerts of the threshold system, and interventions given.
-- Point in time: both count from the day they were known; what came of them from the day it was decided or ended.
{% set steps = [12, 24, 60, 0] -%}
{% set rare = [12, 60, 0] -%}
{% set family = {'kind': 'events', 'name': 'history', 'streams': [
    {'table': 'legacy_alerts', 'known_on': 'known_on', 'measures': [
        {'name': 'alerts', 'label': 'Threshold alerts', 'windows': [3, 6, 12, 24, 60, 0], 'days_since': true, 'trend': true},
    ]},
    {'table': 'legacy_alerts', 'known_on': 'disposed_on', 'measures': [
        {'name': 'alerts_acted_on', 'label': 'Threshold alerts that led to something', 'where': "disposition != 'no_action'", 'windows': steps},
        {'name': 'alerts_dismissed', 'label': 'Threshold alerts without action', 'where': "disposition = 'no_action'", 'windows': steps},
    ]},
    {'table': 'interventions', 'known_on': 'known_on', 'measures': [
        {'name': 'interventions', 'label': 'Interventions begun', 'windows': [3, 6, 12, 24, 60, 0], 'days_since': true},
        {'name': 'running', 'label': 'Interventions begun and not ended', 'until': 'ended_on'},
        {'name': 'counselling', 'label': 'Counselling begun', 'where': "kind = 'counselling'", 'windows': rare},
        {'name': 'peer_support', 'label': 'Peer support begun', 'where': "kind = 'peer_support'", 'windows': rare},
        {'name': 'retraining', 'label': 'Training begun as an intervention', 'where': "kind = 'training'", 'windows': rare},
        {'name': 'self_sought', 'label': 'Interventions that the officer asked for', 'where': "prompted_by = 'self'", 'windows': rare},
    ]},
    {'table': 'interventions', 'known_on': 'ended_on', 'measures': [
        {'name': 'completed', 'label': 'Interventions completed', 'where': "outcome = 'completed'", 'windows': rare, 'days_since': true},
        {'name': 'stopped', 'label': 'Interventions stopped early', 'where': "outcome = 'stopped'", 'windows': rare},
    ]},
]} -%}
{{ config(meta={'family': family}, indexes=key_of_features()) }}
{{ event_family(family) }}
