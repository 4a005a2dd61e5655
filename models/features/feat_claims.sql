-- One row per officer of the cohort and as-of date: civil claims and criminal matters.
-- Point in time: a matter counts from the day it was known, its result and what was paid from the day it was closed.
{% set rare = [12, 60, 0] -%}
{% set family = {'kind': 'events', 'name': 'claims', 'streams': [
    {'table': 'civil_claims', 'known_on': 'known_on', 'measures': [
        {'name': 'filed', 'label': 'Civil claims filed', 'windows': [12, 24, 60, 0], 'days_since': true},
        {'name': 'pending', 'label': 'Civil claims not closed yet', 'until': 'closed_on'},
        {'name': 'force_filed', 'label': 'Civil claims about force filed', 'where': "matter_type = 'force'", 'windows': rare},
    ]},
    {'table': 'civil_claims', 'known_on': 'closed_on', 'measures': [
        {'name': 'closed', 'label': 'Civil claims closed', 'windows': rare},
        {'name': 'paid', 'label': 'Civil claims closed with a payment', 'where': 'paid_amount > 0', 'windows': rare, 'days_since': true},
        {'name': 'paid_hundreds', 'label': 'Paid for civil claims, in hundreds', 'sum': 'cast(floor(paid_amount / 100) as integer)', 'windows': rare},
    ]},
    {'table': 'criminal_matters', 'known_on': 'known_on', 'measures': [
        {'name': 'criminal_matters', 'label': 'Criminal matters', 'windows': rare, 'days_since': true},
        {'name': 'off_duty_criminal_matters', 'label': 'Criminal matters off duty', 'where': "matter_type = 'off_duty'", 'windows': rare},
    ]},
    {'table': 'criminal_matters', 'known_on': 'closed_on', 'measures': [
        {'name': 'convictions', 'label': 'Criminal matters with a conviction', 'where': "result = 'convicted'", 'windows': rare},
    ]},
]} -%}
{{ config(meta={'family': family}, indexes=key_of_features()) }}
{{ event_family(family) }}
