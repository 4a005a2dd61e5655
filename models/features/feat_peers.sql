-- One row per officer of the cohort and as-of date: standing among officers of the same unit type, shift and rank.
-- Point in time: made of features at the same as-of date only.
{% set family = {
    'kind': 'standing', 'name': 'peers', 'group': 'peer_group', 'statistic': 'percentile',
    'label': 'Share of peers with less: ',
    'from': ['feat_activity', 'feat_force', 'feat_complaints', 'feat_colleagues', 'feat_vehicle', 'feat_fatigue', 'feat_stress'],
    'features': [
        'activity_arrests_12m', 'activity_stops_12m', 'activity_dispatches_12m',
        'force_reports_12m', 'force_reports_60m', 'force_subject_injured_60m', 'force_level_sum_24m',
        'complaints_reported_12m', 'complaints_reported_60m', 'complaints_reported_ever', 'complaints_force_60m',
        'colleagues_co_accused_60m', 'colleagues_joint_force_60m', 'vehicle_accidents_60m',
        'fatigue_overtime_minutes_12m', 'fatigue_short_rests_12m', 'fatigue_sick_days_12m', 'stress_handling_minutes_12m',
    ],
} -%}
{{ config(meta={'family': family}, indexes=key_of_features()) }}
{{ standing_family(family) }}
