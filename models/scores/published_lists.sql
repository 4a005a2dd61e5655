-- One row per published list: whether it is current, who approved its model, and why it was withdrawn if it was.
{{ config(materialized='view') }}

select
    list_id,
    outcome,
    as_of_date,
    status,
    n_officers,
    n_on_list,
    capacity,
    model_id,
    approval,
    approved_by,
    published_at,
    review_due_on,
    valid_until,
    clock,
    withdrawn_at,
    withdrawn_by,
    withdrawal_reason,
    list_id = max(list_id) over (partition by outcome, as_of_date) as is_last
from {{ source('governance', 'lists') }}
