-- One row per officer of the cohort and as-of date: what the other officers of the unit did, the officer left out.
-- Point in time: made of features at the same as-of date only.
{% set family = {
    'kind': 'standing', 'name': 'unit', 'group': 'unit_id', 'statistic': 'mean_of_others',
    'label': 'Mean of the others in the unit: ',
    'from': [
        'feat_activity', 'feat_force', 'feat_complaints', 'feat_vehicle', 'feat_fatigue', 'feat_stress', 'feat_wellbeing', 'feat_history',
    ],
    'features': [
        'activity_arrests_12m', 'activity_stops_12m', 'activity_dispatches_12m',
        'force_reports_3m', 'force_reports_12m', 'force_reports_24m', 'force_subject_injured_24m', 'force_high_level_24m',
        'complaints_reported_3m', 'complaints_reported_12m', 'complaints_reported_24m', 'complaints_force_12m',
        'complaints_sustained_24m', 'complaints_internal_12m',
        'vehicle_accidents_24m', 'fatigue_overtime_minutes_12m', 'fatigue_sick_days_12m', 'stress_handling_minutes_12m',
        'wellbeing_injuries_24m', 'history_alerts_24m', 'history_interventions_24m',
    ],
} -%}
{{ config(meta={'family': family}, indexes=key_of_features()) }}
{{ standing_family(family) }}
