-- One row per decision of the publication gate and bound that it looked at, with what it measured in words.
{{ config(materialized='view') }}

with

decisions as (
    select * from {{ source('governance', 'publication_decisions') }}
)

select
    decisions.decision_no,
    decisions.outcome,
    decisions.as_of_date,
    decisions.decided_at,
    cast(checks.place as integer) as check_number,
    checks.content ->> 'name' as check_name,
    cast(checks.content ->> 'passed' as boolean) as is_passed,
    checks.content ->> 'finding' as finding,
    decisions.decision_no = max(decisions.decision_no) over (partition by decisions.outcome) as is_latest
from decisions
cross join lateral jsonb_array_elements(decisions.checks) with ordinality as checks (content, place)
