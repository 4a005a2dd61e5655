-- One row per officer of the cohort and as-of date: colleagues accused in the same complaint, or using force in the same incident.
-- Point in time: a colleague counts from the day both rows were known; the colleague's other conduct plays no part.
{% set family = {'kind': 'events', 'name': 'colleagues', 'streams': [
    {'table': 'complaints', 'model': 'int_co_accused', 'uses': 'complaint_id', 'known_on': 'known_on', 'measures': [
        {'name': 'joint_complaints', 'label': 'Complaints received in which other officers were accused too', 'where': 'is_first', 'days_since': true},
        {'name': 'co_accused', 'label': 'Other officers accused in the same complaints'},
    ]},
    {'table': 'complaint_witnesses', 'known_on': 'known_on', 'measures': [
        {'name': 'witnessed_complaints', 'label': 'Complaints in which the officer was heard as a witness', 'days_since': true},
    ]},
    {'table': 'uses_of_force', 'model': 'int_joint_force', 'uses': 'incident_id', 'known_on': 'known_on', 'measures': [
        {'name': 'joint_force', 'label': 'Force incidents in which other officers used force too', 'where': 'is_first', 'days_since': true},
        {'name': 'joint_force_officers', 'label': 'Other officers who used force in the same incidents'},
    ]},
]} -%}
{{ config(meta={'family': family}, indexes=key_of_features()) }}
{{ event_family(family) }}
