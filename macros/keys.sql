{% macro primary_key_of(table) -%}
    {#- The key column of a core table, for pointing at one of its rows. -#}
    {{ return({
        'officers': 'officer_id',
        'assignments': 'assignment_id',
        'ranks': 'rank_id',
        'shifts': 'shift_id',
        'dispatches': 'dispatch_id',
        'arrests': 'arrest_officer_id',
        'stops': 'stop_officer_id',
        'uses_of_force': 'force_id',
        'complaints': 'allegation_id',
        'complaint_witnesses': 'witness_id',
        'vehicle_incidents': 'vehicle_incident_id',
        'civil_claims': 'claim_id',
        'criminal_matters': 'matter_id',
        'injuries': 'injury_id',
        'training': 'training_id',
        'secondary_employment': 'stint_id',
        'commendations': 'commendation_id',
        'legacy_alerts': 'alert_id',
        'interventions': 'intervention_id',
    }[table]) }}
{%- endmacro %}

{% macro happened_on_of(table) -%}
    {#- When what a row of a core table tells of took place: an expression over its columns. -#}
    {{ return({
        'assignments': 'valid_from',
        'ranks': 'effective_on',
        'shifts': 'cast(starts_at as date)',
        'dispatches': 'cast(dispatched_at as date)',
        'arrests': 'cast(arrested_at as date)',
        'stops': 'cast(stopped_at as date)',
        'uses_of_force': 'occurred_on',
        'complaints': 'coalesce(incident_on, reported_on)',
        'complaint_witnesses': 'known_on',
        'vehicle_incidents': 'occurred_on',
        'civil_claims': 'filed_on',
        'criminal_matters': 'filed_on',
        'injuries': 'injured_on',
        'training': 'completed_on',
        'secondary_employment': 'worked_on',
        'commendations': 'awarded_on',
        'legacy_alerts': 'raised_on',
        'interventions': 'started_on',
    }[table]) }}
{%- endmacro %}
