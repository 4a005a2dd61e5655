-- One row per officer of the cohort and as-of date: rates over exposure, and shares of a type.
-- Point in time: made of features at the same as-of date only.
{% set per_arrest = {'denominator': 'activity_arrests', 'per': 100, 'windows': [12, 24, 60], 'shrink': 10} -%}
{% set per_dispatch = {'denominator': 'activity_dispatches', 'per': 1000, 'windows': [12, 24, 60], 'shrink': 100} -%}
{% set per_1000_hours = {'denominator': 'fatigue_worked_minutes', 'per': 60000, 'windows': [12, 24, 60], 'shrink': 6000} -%}
{% set share_of_work = {'denominator': 'fatigue_worked_minutes', 'per': 1000, 'windows': [3, 12, 24], 'shrink': 6000} -%}
{% set share_of_shifts = {'denominator': 'fatigue_shifts', 'per': 1, 'windows': [3, 12], 'shrink': 5} -%}
{% set share_of_calls = {'denominator': 'activity_dispatches', 'per': 1, 'windows': [12, 24], 'shrink': 10} -%}
{% set share_of_reports = {'denominator': 'force_reports', 'per': 1, 'windows': [60, 0], 'shrink': 5} -%}
{% set share_of_complaints = {'denominator': 'complaints_reported', 'per': 1, 'windows': [60, 0], 'shrink': 5} -%}
{% set share_of_decided = {'denominator': 'complaints_decided', 'per': 1, 'windows': [60, 0], 'shrink': 5} -%}
{% set per_place = {'per': 1, 'windows': [24, 60], 'shrink': 2} -%}
{% set family = {'kind': 'ratios', 'name': 'rates', 'from': [
    'feat_activity', 'feat_force', 'feat_complaints', 'feat_colleagues', 'feat_vehicle', 'feat_fatigue', 'feat_wellbeing',
    'feat_place',
], 'ratios': [
    dict(per_arrest, name='force_per_100_arrests', label='Force reports per 100 arrests', numerator='force_reports'),
    dict(per_arrest, name='complaints_per_100_arrests', label='Complaints per 100 arrests', numerator='complaints_reported'),
    dict(per_arrest, name='resisting_only_per_100_arrests', label='Resisting-only arrests per 100 arrests', numerator='activity_resisting_only_arrests'),
    dict(per_arrest, name='dismissed_per_100_arrests', label='Dismissed charges per 100 arrests', numerator='activity_dismissed_arrests'),
    dict(per_dispatch, name='force_per_1000_calls', label='Force reports per 1,000 calls', numerator='force_reports'),
    dict(per_dispatch, name='complaints_per_1000_calls', label='Complaints per 1,000 calls', numerator='complaints_reported'),
    dict(per_dispatch, name='arrests_per_1000_calls', label='Arrests per 1,000 calls', numerator='activity_arrests'),
    dict(per_1000_hours, name='complaints_per_1000_hours', label='Complaints per 1,000 hours worked', numerator='complaints_reported'),
    dict(per_1000_hours, name='force_per_1000_hours', label='Force reports per 1,000 hours worked', numerator='force_reports'),
    dict(per_1000_hours, name='preventable_per_1000_hours', label='Preventable vehicle incidents per 1,000 hours worked',
         numerator='vehicle_preventable'),
    dict(per_1000_hours, name='injuries_per_1000_hours', label='Injuries per 1,000 hours worked', numerator='wellbeing_injuries'),
    dict(share_of_work, name='overtime_per_1000_hours', label='Hours of overtime per 1,000 hours worked', numerator='fatigue_overtime_minutes'),
    dict(share_of_work, name='outside_per_1000_hours', label='Hours of outside work per 1,000 hours worked', numerator='fatigue_outside_minutes'),
    dict(share_of_shifts, name='night_share_of_shifts', label='Share of shifts at night', numerator='fatigue_night_shifts'),
    dict(share_of_shifts, name='short_rest_share_of_shifts', label='Share of shifts after less than 10 hours of rest',
         numerator='fatigue_short_rests'),
    dict(share_of_calls, name='stressful_share_of_calls', label='Share of calls of a stressful type', numerator='activity_stressful'),
    dict(share_of_reports, name='injury_share_of_force', label='Share of force reports with an injured subject', numerator='force_subject_injured'),
    dict(share_of_reports, name='passive_share_of_force', label='Share of force reports against no or passive resistance', numerator='force_passive_subject'),
    dict(share_of_reports, name='mean_force_level', label='Mean force level', numerator='force_level_sum'),
    dict(share_of_reports, name='complaints_per_force_report', label='Complaints per force report', numerator='complaints_reported'),
    dict(share_of_complaints, name='force_share_of_complaints', label='Share of complaints about force', numerator='complaints_force'),
    dict(share_of_complaints, name='joint_share_of_complaints', label='Complaints in which other officers were accused too, per allegation received',
         numerator='colleagues_joint_complaints'),
    dict(share_of_complaints, name='citizen_share_of_complaints', label='Share of complaints from citizens', numerator='complaints_citizen'),
    dict(per_place, name='beat_force', label='Force reports of the year before in the beat of a force report, mean',
         numerator='place_beat_force', denominator='place_force_with_beat'),
    dict(per_place, name='beat_complaints', label='Complaints of the year before in the beat of a complaint, mean',
         numerator='place_beat_complaints', denominator='place_complaints_with_beat'),
    dict(share_of_decided, name='sustained_share', label='Share of decided complaints that were sustained', numerator='complaints_sustained'),
]} -%}
{{ config(meta={'family': family}, indexes=key_of_features()) }}
{{ ratio_family(family) }}
window at_date as (partition by cohort.as_of_date)
