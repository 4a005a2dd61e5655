-- One row per officer, arrest and other officer who made it too.
-- Point in time: known when the arrest reports of both were known.
{{ config(enabled=is_supplied('arrests')) }}
{{ officers_together('arrests', 'arrest_id') }}
