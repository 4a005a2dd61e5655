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
