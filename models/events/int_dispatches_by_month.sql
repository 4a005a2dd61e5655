-- One row per officer and month: what features count of the calls that became known in it.
-- Point in time: known when the month is over, and counted from the as-of date after it.
{{ config(
    enabled=is_supplied('dispatches'), materialized='incremental', incremental_strategy='from_changed_facts', on_schema_change='fail',
) }}
{{ added_up_by_month('dispatches') }}
