-- One row per officer of the cohort and as-of date: the officers who are in the same complaints and force incidents, and their own record.
-- Point in time: cases of which the rows of both were known, and features of the others at the same as-of date.
{% set family = {
    'kind': 'associates', 'name': 'associates', 'months': 24,
    'pairs': {'int_co_accused': 'complaints', 'int_joint_force': 'uses_of_force'},
    'label': 'accused or using force together with the officer',
    'from': ['feat_force', 'feat_complaints'],
    'mean': [
        'complaints_reported_24m', 'complaints_force_24m', 'complaints_serious_24m', 'complaints_sustained_60m', 'complaints_pending_now',
        'force_reports_24m', 'force_subject_injured_24m', 'force_high_level_24m',
    ],
    'highest': ['complaints_reported_24m', 'complaints_force_24m', 'complaints_sustained_60m', 'force_reports_24m'],
} -%}
{{ config(meta={'family': family}, pre_hook="{{ join_by_hashing() }}") }}
{{ associate_family(family) }}
