-- One row per officer of the cohort and as-of date: the officers in the same complaints, force incidents and arrests, and their own record.
-- Point in time: cases of which the rows of both were known, and features of the others at the same as-of date.
{% set family = {
    'kind': 'associates', 'name': 'associates', 'months': 24,
    'pairs': [
        {'model': 'int_co_accused', 'table': 'complaints', 'uses': 'complaint_id', 'words': 'accused'},
        {'model': 'int_joint_force', 'table': 'uses_of_force', 'uses': 'incident_id', 'words': 'using force'},
        {'model': 'int_joint_arrests', 'table': 'arrests', 'uses': 'arrest_id', 'words': 'arresting'},
    ],
    'from': ['feat_force', 'feat_complaints'],
    'mean': [
        'complaints_reported_24m', 'complaints_force_24m', 'complaints_serious_24m', 'complaints_sustained_60m', 'complaints_pending_now',
        'force_reports_24m', 'force_subject_injured_24m', 'force_high_level_24m',
    ],
    'highest': ['complaints_reported_24m', 'complaints_force_24m', 'complaints_sustained_60m', 'force_reports_24m'],
} -%}
{{ config(meta={'family': family}, indexes=key_of_features()) }}
{{ associate_family(family) }}
