-- One row per force report with a beat: what the beat had seen in the year before.
-- Point in time: only rows known before this one was.
{{ config(enabled=is_supplied('uses_of_force')) }}
{{ beat_history('uses_of_force') }}
