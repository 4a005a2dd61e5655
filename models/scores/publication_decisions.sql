-- One row per decision of the publication gate: what it refused, and why, beside what it let through.
{{ config(materialized='view') }}

select
    decision_no,
    outcome,
    as_of_date,
    model_id,
    is_published,
    refusal,
    retraining_due,
    standing_list_id,
    policy_version,
    decided_at
from {{ source('governance', 'publication_decisions') }}
