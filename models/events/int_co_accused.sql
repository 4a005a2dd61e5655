-- One row per officer, complaint and other officer accused in it.
-- Point in time: known when the allegations against both were known.
{{ config(enabled=is_supplied('complaints')) }}
{{ officers_together('complaints', 'complaint_id') }}
