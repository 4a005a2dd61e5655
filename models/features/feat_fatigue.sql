-- One row per officer of the cohort and as-of date: hours worked, rest between shifts, leave and outside work.
-- Point in time: a shift or stint counts from the day payroll posted it.
{% set recent = [1, 3, 6, 12] -%}
{% set family = {'kind': 'events', 'name': 'fatigue', 'streams': [
    {'table': 'shifts', 'by_month': true, 'known_on': 'known_on', 'measures': [
        {'name': 'shifts', 'label': 'Shifts worked', 'where': 'leave_type is null', 'windows': recent},
        {'name': 'worked_minutes', 'label': 'Minutes worked', 'sum': 'worked_minutes', 'windows': [1, 3, 6, 12, 24, 60], 'trend': true},
        {'name': 'overtime_minutes', 'label': 'Overtime minutes', 'sum': 'overtime_minutes', 'windows': [1, 3, 6, 12, 24, 60], 'trend': true},
        {'name': 'long_shifts', 'label': 'Shifts of more than 12 hours', 'where': 'worked_minutes > 720', 'windows': recent},
        {'name': 'night_shifts', 'label': 'Night shifts worked', 'where': 'is_night and leave_type is null', 'windows': recent, 'trend': true,
         'scope': 'context'},
        {'name': 'short_rests', 'label': 'Shifts worked after less than 10 hours of rest', 'where': 'rest_minutes < 600',
         'windows': recent, 'days_since': true},
        {'name': 'sick_days', 'label': 'Sick days', 'where': "leave_type = 'sick'", 'windows': [1, 3, 6, 12, 24], 'trend': true},
        {'name': 'suspension_days', 'label': 'Days of suspension', 'where': "leave_type = 'suspension'", 'windows': [12, 24, 60, 0], 'days_since': true},
        {'name': 'vacation_days', 'label': 'Days of vacation', 'where': "leave_type = 'vacation'", 'windows': recent, 'days_since': true},
    ]},
    {'table': 'shifts', 'model': 'int_days_in_a_row', 'uses': 'starts_at, leave_type, shift_id', 'known_on': 'known_on', 'measures': [
        {'name': 'third_days', 'label': 'Days of work that were at least the third in a row', 'where': 'days_in_a_row = 3', 'windows': recent},
        {'name': 'seventh_days', 'label': 'Days of work that were at least the seventh in a row', 'where': 'days_in_a_row = 7',
         'windows': recent, 'days_since': true},
    ]},
    {'table': 'secondary_employment', 'known_on': 'known_on', 'measures': [
        {'name': 'outside_minutes', 'label': 'Minutes of outside work', 'sum': 'worked_minutes', 'windows': [1, 3, 6, 12, 24], 'trend': true},
        {'name': 'outside_days', 'label': 'Days of outside work', 'windows': recent},
    ]},
]} -%}
{{ config(meta={'family': family}, indexes=key_of_features()) }}
{{ event_family(family) }}
