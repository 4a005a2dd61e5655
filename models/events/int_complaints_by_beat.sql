-- One row per allegation with a beat: what the beat had seen in the year before.
-- Point in time: only rows known before this one was.
{{ config(enabled=is_supplied('complaints')) }}
{{ beat_history('complaints') }}
