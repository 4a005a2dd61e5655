-- One row per officer of the cohort and as-of date: allegations against the officer.
-- Point in time: received ones count from the day the department knew, decided ones from the day of closing, whenever the incident was.
{% set rare = [12, 60, 0] -%}
{% set family = {'kind': 'events', 'name': 'complaints', 'streams': [
    {'table': 'complaints', 'known_on': 'known_on', 'measures': [
        {'name': 'reported', 'label': 'Complaints received', 'days_since': true, 'trend': true},
        {'name': 'force', 'label': 'Force complaints received', 'where': "category = 'force'", 'days_since': true, 'trend': true},
        {'name': 'search', 'label': 'Search complaints received', 'where': "category = 'search'", 'windows': rare},
        {'name': 'arrest', 'label': 'Arrest complaints received', 'where': "category = 'arrest'", 'windows': rare},
        {'name': 'verbal', 'label': 'Verbal abuse complaints received', 'where': "category = 'verbal'", 'windows': rare},
        {'name': 'bias', 'label': 'Bias complaints received', 'where': "category = 'bias'", 'windows': rare},
        {'name': 'off_duty', 'label': 'Complaints of off-duty conduct received', 'where': "category = 'conduct_off_duty'", 'windows': rare},
        {'name': 'neglect', 'label': 'Neglect complaints received', 'where': "category = 'neglect'", 'windows': rare},
        {'name': 'administrative', 'label': 'Administrative complaints received', 'where': "category = 'administrative'", 'windows': rare},
        {'name': 'criminal', 'label': 'Complaints of criminal conduct received', 'where': "category in ('criminal', 'drugs_alcohol')", 'windows': rare},
        {'name': 'serious', 'label': 'Serious complaints received', 'where': "severity = 'serious'", 'days_since': true},
        {'name': 'citizen', 'label': 'Complaints received from citizens', 'where': "origin = 'citizen'"},
        {'name': 'internal', 'label': 'Internal complaints received', 'where': "origin = 'internal'"},
        {'name': 'pending', 'label': 'Complaints not decided yet', 'until': 'closed_on'},
        {'name': 'serious_pending', 'label': 'Serious complaints not decided yet', 'where': "severity = 'serious'", 'until': 'closed_on'},
        {'name': 'several_complainants', 'label': 'Complaints received from more than one complainant', 'where': 'complainant_count > 1', 'windows': rare},
        {'name': 'identified', 'label': 'Complaints received from a known complainant', 'where': 'complainant_count > 0', 'windows': rare},
    ]},
    {'table': 'complaints', 'known_on': 'closed_on', 'measures': [
        {'name': 'decided', 'label': 'Complaints decided', 'days_since': true},
        {'name': 'sustained', 'label': 'Complaints sustained', 'where': "finding = 'sustained'", 'days_since': true},
        {'name': 'not_sustained', 'label': 'Complaints not sustained', 'where': "finding = 'not_sustained'", 'windows': rare},
        {'name': 'unfounded', 'label': 'Complaints unfounded or exonerated', 'where': "finding in ('unfounded', 'exonerated')", 'windows': rare},
        {'name': 'no_affidavit', 'label': 'Complaints closed without affidavit', 'where': "finding = 'no_affidavit'", 'windows': rare},
        {'name': 'disciplined', 'label': 'Complaints with discipline', 'where': "discipline in ('reprimand', 'suspension', 'separation')", 'windows': rare},
        {'name': 'discipline_days', 'label': 'Days of suspension decided', 'sum': 'discipline_days', 'windows': rare},
        {'name': 'suspended', 'label': 'Complaints with suspension', 'where': "discipline = 'suspension'", 'windows': rare},
    ]},
]} -%}
{{ config(meta={'family': family}, indexes=key_of_features()) }}
{{ event_family(family) }}
