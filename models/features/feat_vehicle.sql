-- One row per officer of the cohort and as-of date: collisions and pursuits.
-- Point in time: an incident counts from the day it was known, whether it was preventable from the day of the finding.
{% set steps = [3, 12, 24, 60, 0] -%}
{% set rare = [12, 60, 0] -%}
{% set family = {'kind': 'events', 'name': 'vehicle', 'streams': [
    {'table': 'vehicle_incidents', 'known_on': 'known_on', 'measures': [
        {'name': 'accidents', 'label': 'Vehicle accidents', 'where': "kind = 'accident'", 'windows': steps, 'days_since': true, 'trend': true},
        {'name': 'injury_accidents', 'label': 'Vehicle accidents with somebody injured', 'where': "kind = 'accident' and has_injury", 'windows': rare},
        {'name': 'pending', 'label': 'Vehicle incidents not judged yet', 'until': 'finding_on'},
        {'name': 'pursuits', 'label': 'Vehicle pursuits', 'where': "kind = 'pursuit'", 'windows': steps, 'days_since': true},
    ]},
    {'table': 'vehicle_incidents', 'known_on': 'finding_on', 'measures': [
        {'name': 'preventable', 'label': 'Vehicle incidents found preventable', 'where': 'is_preventable', 'windows': steps, 'days_since': true},
        {'name': 'not_preventable', 'label': 'Vehicle incidents found not preventable', 'where': 'not is_preventable', 'windows': rare},
    ]},
]} -%}
{{ config(meta={'family': family}, indexes=key_of_features()) }}
{{ event_family(family) }}
