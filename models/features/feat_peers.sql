-- One row per officer of the cohort and as-of date: standing among officers of the same unit type, shift and rank.
-- Point in time: made of features at the same as-of date only.
{% set family = {
    'kind': 'standing', 'name': 'peers', 'group': 'peer_group', 'statistic': 'percentile',
    'label': 'Share of peers with less: ',
    'from': ['feat_activity', 'feat_force', 'feat_complaints'],
    'features': [
        'activity_arrests_12m', 'activity_stops_12m', 'activity_dispatches_12m',
        'force_reports_12m', 'force_reports_60m', 'force_subject_injured_60m', 'force_level_sum_24m',
        'complaints_reported_12m', 'complaints_reported_60m', 'complaints_reported_ever', 'complaints_force_60m',
    ],
} -%}
{{ config(meta={'family': family}) }}
{{ standing_family(family) }}
