-- One row per officer of the cohort and as-of date: injuries, training and commendations.
-- Point in time: each counts from the day it was known; the days that an injury cost from the day of the return.
{% set steps = [12, 24, 60, 0] -%}
{% set rare = [12, 60, 0] -%}
{% set family = {'kind': 'events', 'name': 'wellbeing', 'streams': [
    {'table': 'injuries', 'known_on': 'known_on', 'measures': [
        {'name': 'injuries', 'label': 'Injuries', 'windows': steps, 'days_since': true},
        {'name': 'assault_injuries', 'label': 'Injuries from an assault', 'where': "cause = 'assault'", 'windows': rare},
    ]},
    {'table': 'injuries', 'known_on': 'returned_on', 'measures': [
        {'name': 'days_lost', 'label': 'Working days lost to injuries', 'sum': 'days_lost', 'windows': steps},
    ]},
    {'table': 'training', 'known_on': 'known_on', 'measures': [
        {'name': 'courses', 'label': 'Courses', 'windows': [3, 12, 24, 60, 0], 'days_since': true},
        {'name': 'training_minutes', 'label': 'Minutes of training', 'sum': 'cast(round(60 * hours) as integer)', 'windows': rare},
        {'name': 'failed_courses', 'label': 'Courses not passed', 'where': 'not is_passed', 'windows': steps, 'days_since': true},
        {'name': 'firearms_courses', 'label': 'Firearms courses', 'where': "course = 'firearms'", 'windows': rare, 'days_since': true},
        {'name': 'crisis_courses', 'label': 'Crisis intervention courses', 'where': "course = 'crisis_intervention'", 'windows': rare, 'days_since': true},
        {'name': 'de_escalation_courses', 'label': 'De-escalation courses', 'where': "course = 'de_escalation'", 'windows': rare, 'days_since': true},
        {'name': 'driving_courses', 'label': 'Driving courses', 'where': "course = 'driving'", 'windows': rare, 'days_since': true},
        {'name': 'wellness_courses', 'label': 'Wellness courses', 'where': "course = 'wellness'", 'windows': rare, 'days_since': true},
    ]},
    {'table': 'commendations', 'known_on': 'known_on', 'measures': [
        {'name': 'commendations', 'label': 'Commendations', 'windows': steps, 'days_since': true},
        {'name': 'bravery_awards', 'label': 'Awards for lifesaving or valor', 'where': "kind in ('lifesaving', 'valor')", 'windows': rare},
        {'name': 'citizen_letters', 'label': 'Letters of thanks from citizens', 'where': "kind = 'citizen_letter'", 'windows': rare},
    ]},
]} -%}
{{ config(meta={'family': family}, indexes=key_of_features()) }}
{{ event_family(family) }}
