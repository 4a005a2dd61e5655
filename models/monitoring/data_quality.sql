-- One row per run of expectations, table and rule: what was found. A view: a check that stops the line shows at once.
{{ config(materialized='view') }}

with

results as (
    select * from {{ source('expectations', 'validation_results') }}
),

latest_runs as (
    select distinct on (schema_name, table_name)
        schema_name,
        table_name,
        run_id
    from results
    order by schema_name asc, table_name asc, validated_at desc
)

select
    cast(results.run_id as text) as run_id,
    results.schema_name || '.' || results.table_name as table_name,
    results.rule_number,
    results.schema_name as layer,
    results.description as rule,
    results.column_name as columns_checked,
    results.severity,
    results.success as is_passed,
    results.observed_value,
    results.element_count as n_values,
    results.unexpected_count as n_unexpected,
    results.unexpected_share as share_unexpected,
    results.quarantined_count as n_quarantined,
    results.validated_at,
    latest_runs.run_id is not null as is_latest
from results
left join latest_runs
    on
        results.schema_name = latest_runs.schema_name
        and results.table_name = latest_runs.table_name
        and results.run_id = latest_runs.run_id
