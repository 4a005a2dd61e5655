-- One row per officer of the cohort and as-of date: what the other officers of the unit did, the officer left out.
-- Point in time: made of features at the same as-of date only.
{% set family = {
    'kind': 'standing', 'name': 'unit', 'group': 'unit_id', 'statistic': 'mean_of_others',
    'label': 'Mean of the others in the unit: ',
    'from': ['feat_activity', 'feat_force', 'feat_complaints'],
    'features': [
        'activity_arrests_12m', 'activity_stops_12m', 'activity_dispatches_12m',
        'force_reports_3m', 'force_reports_12m', 'force_reports_24m', 'force_subject_injured_24m', 'force_high_level_24m',
        'complaints_reported_3m', 'complaints_reported_12m', 'complaints_reported_24m', 'complaints_force_12m',
        'complaints_sustained_24m', 'complaints_internal_12m',
    ],
} -%}
{{ config(meta={'family': family}) }}
{{ standing_family(family) }}
