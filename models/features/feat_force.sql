-- One row per officer of the cohort and as-of date: force reports that the officer filed.
-- Point in time: a report counts from the day it was known, a finding from the day of the finding.
{% set rare = [12, 60, 0] -%}
{% set family = {'kind': 'events', 'name': 'force', 'streams': [
    {'table': 'uses_of_force', 'known_on': 'known_on', 'measures': [
        {'name': 'reports', 'label': 'Force reports', 'days_since': true, 'trend': true},
        {'name': 'subject_injured', 'label': 'Force reports with an injured subject', 'where': 'is_subject_injured', 'days_since': true},
        {'name': 'officer_injured', 'label': 'Force reports with the officer injured', 'where': 'is_officer_injured'},
        {'name': 'high_level', 'label': 'Force reports of level 5 or 6', 'where': 'force_level >= 5', 'days_since': true},
        {'name': 'strikes', 'label': 'Force reports with strikes', 'where': "force_type = 'strike'", 'windows': rare},
        {'name': 'takedowns', 'label': 'Force reports with a takedown', 'where': "force_type = 'takedown'", 'windows': rare},
        {'name': 'chemical_or_baton', 'label': 'Force reports with chemical spray or a baton', 'where': "force_type in ('chemical', 'baton')", 'windows': rare},
        {'name': 'taser', 'label': 'Force reports with a Taser', 'where': 'is_taser_used', 'windows': rare},
        {'name': 'firearm', 'label': 'Force reports with a firearm discharged', 'where': 'is_firearm_used', 'days_since': true, 'windows': rare},
        {'name': 'unarmed_subject', 'label': 'Force reports against an unarmed subject', 'where': 'not is_subject_armed', 'windows': rare},
        {'name': 'passive_subject', 'label': 'Force reports against no or passive resistance', 'where': "resistance in ('none', 'passive')", 'windows': rare},
        {'name': 'assaulted', 'label': 'Force reports in which the officer was assaulted', 'where': "resistance in ('assault', 'deadly')", 'windows': rare},
        {'name': 'at_night', 'label': 'Force reports at night', 'where': 'is_night', 'windows': rare},
        {'name': 'out_of_uniform', 'label': 'Force reports out of uniform', 'where': 'not is_in_uniform', 'windows': rare},
        {'name': 'pending', 'label': 'Force reports not judged yet', 'until': 'finding_on'},
        {'name': 'off_duty', 'label': 'Force reports off duty', 'where': 'not is_on_duty', 'windows': rare},
        {'name': 'young_subject', 'label': 'Force reports against a subject under 21', 'where': 'subject_age < 21', 'windows': rare},
        {'name': 'level_sum', 'label': 'Sum of force levels', 'sum': 'force_level'},
    ]},
    {'table': 'uses_of_force', 'known_on': 'finding_on', 'measures': [
        {'name': 'unjustified', 'label': 'Force found unjustified', 'where': "finding = 'unjustified'", 'days_since': true, 'windows': rare},
    ]},
]} -%}
{{ config(meta={'family': family}, indexes=key_of_features()) }}
{{ event_family(family) }}
