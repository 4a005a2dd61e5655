-- One row per officer of the cohort and as-of date: calls of a kind that weighs on those who answer them.
-- Point in time: a call counts from the day it was known.
{% set steps = [1, 3, 12, 24] -%}
{% set family = {'kind': 'events', 'name': 'stress', 'scope': 'context', 'streams': [
    {'table': 'dispatches', 'by_month': true, 'known_on': 'known_on', 'measures': [
        {'name': 'suicide', 'label': 'Calls to a suicide or an attempt', 'where': "stress_category = 'suicide'", 'windows': steps, 'days_since': true},
        {'name': 'child_victim', 'label': 'Calls with a child as victim', 'where': "stress_category = 'child_victim'",
         'windows': steps, 'days_since': true},
        {'name': 'death', 'label': 'Calls to a death', 'where': "stress_category = 'death'", 'windows': steps, 'days_since': true},
        {'name': 'domestic', 'label': 'Domestic calls', 'where': "stress_category = 'domestic'", 'windows': steps},
        {'name': 'violent', 'label': 'Calls to a violent offence', 'where': "stress_category = 'violent'", 'windows': steps},
        {'name': 'weapons', 'label': 'Calls with weapons', 'where': "stress_category = 'weapons'", 'windows': steps},
        {'name': 'handling_minutes', 'label': 'Minutes on stressful calls', 'where': 'stress_category is not null',
         'sum': 'handling_minutes', 'windows': steps, 'trend': true},
    ]},
]} -%}
{{ config(meta={'family': family}, indexes=key_of_features()) }}
{{ event_family(family) }}
