-- One row per officer, force incident and other officer who used force in it.
-- Point in time: known when the reports of both were known.
{{ config(enabled=is_supplied('uses_of_force')) }}
{{ officers_together('uses_of_force', 'incident_id') }}
