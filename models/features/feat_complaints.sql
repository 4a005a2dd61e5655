-- One row per officer of the cohort and as-of date: allegations against the officer.
-- Point in time: received ones count from the day of reporting, decided ones from the day of closing, whenever the incident was.
{% set family = {'kind': 'events', 'name': 'complaints', 'streams': [
    {'table': 'complaints', 'known_on': 'reported_on', 'measures': [
        {'name': 'reported', 'label': 'Complaints received', 'days_since': true, 'trend': true},
        {'name': 'force', 'label': 'Force complaints received', 'where': "category = 'force'", 'days_since': true, 'trend': true},
        {'name': 'search', 'label': 'Search complaints received', 'where': "category = 'search'"},
        {'name': 'arrest', 'label': 'Arrest complaints received', 'where': "category = 'arrest'"},
        {'name': 'verbal', 'label': 'Verbal abuse complaints received', 'where': "category = 'verbal'"},
        {'name': 'bias', 'label': 'Bias complaints received', 'where': "category = 'bias'"},
        {'name': 'off_duty', 'label': 'Complaints of off-duty conduct received', 'where': "category = 'conduct_off_duty'"},
        {'name': 'neglect', 'label': 'Neglect complaints received', 'where': "category = 'neglect'"},
        {'name': 'administrative', 'label': 'Administrative complaints received', 'where': "category = 'administrative'"},
        {'name': 'criminal', 'label': 'Complaints of criminal conduct received', 'where': "category in ('criminal', 'drugs_alcohol')"},
        {'name': 'serious', 'label': 'Serious complaints received', 'where': "severity = 'serious'", 'days_since': true},
        {'name': 'citizen', 'label': 'Complaints received from citizens', 'where': "origin = 'citizen'"},
        {'name': 'internal', 'label': 'Internal complaints received', 'where': "origin = 'internal'"},
        {'name': 'identified', 'label': 'Complaints received from a known complainant', 'where': 'complainant_count > 0'},
    ]},
    {'table': 'complaints', 'known_on': 'closed_on', 'measures': [
        {'name': 'decided', 'label': 'Complaints decided', 'days_since': true},
        {'name': 'sustained', 'label': 'Complaints sustained', 'where': "finding = 'sustained'", 'days_since': true},
        {'name': 'not_sustained', 'label': 'Complaints not sustained', 'where': "finding = 'not_sustained'"},
        {'name': 'unfounded', 'label': 'Complaints unfounded or exonerated', 'where': "finding in ('unfounded', 'exonerated')"},
        {'name': 'no_affidavit', 'label': 'Complaints closed without affidavit', 'where': "finding = 'no_affidavit'"},
        {'name': 'disciplined', 'label': 'Complaints with discipline', 'where': "discipline in ('reprimand', 'suspension', 'separation')"},
        {'name': 'suspended', 'label': 'Complaints with suspension', 'where': "discipline = 'suspension'"},
    ]},
]} -%}
{{ config(meta={'family': family}) }}
{{ event_family(family) }}
