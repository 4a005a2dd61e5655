-- One row per officer of the cohort and as-of date: where the officer's force reports and complaints come from.
-- Point in time: a row counts from the day it was known, and so does what its beat had seen in the year before.
{% set rare = [12, 24, 60, 0] -%}
{% set family = {'kind': 'events', 'name': 'place', 'streams': [
    {'table': 'uses_of_force', 'known_on': 'known_on', 'measures': [
        {'name': 'indoor_force', 'label': 'Force reports indoors', 'where': 'is_indoors', 'windows': rare},
    ]},
    {'table': 'uses_of_force', 'model': 'int_force_by_beat', 'uses': 'beat', 'known_on': 'known_on', 'measures': [
        {'name': 'force_with_beat', 'label': 'Force reports with a known beat', 'windows': rare},
        {'name': 'beat_force', 'label': 'Force reports of the year before in the beat, summed over the force reports',
         'sum': 'beat_rows_before', 'windows': rare, 'scope': 'context'},
        {'name': 'repeat_beat_force', 'label': 'Force reports in a beat where the officer used force in the year before',
         'where': 'own_beat_rows_before > 0', 'windows': rare},
    ]},
    {'table': 'complaints', 'model': 'int_complaints_by_beat', 'uses': 'beat', 'known_on': 'known_on', 'measures': [
        {'name': 'complaints_with_beat', 'label': 'Complaints with a known beat', 'windows': rare},
        {'name': 'beat_complaints', 'label': 'Complaints of the year before in the beat, summed over the complaints',
         'sum': 'beat_rows_before', 'windows': rare, 'scope': 'context'},
        {'name': 'repeat_beat_complaints', 'label': 'Complaints from a beat where the officer had drawn one in the year before',
         'where': 'own_beat_rows_before > 0', 'windows': rare},
    ]},
]} -%}
{{ config(meta={'family': family}, indexes=key_of_features()) }}
{{ event_family(family) }}
