-- One row per officer and outcome: the current scores that the login may see, by the policy's powers and a supervisor's
-- units. Reading this view is recorded, officer by officer, in governance.score_reads: the function it calls does so.
{{ config(materialized='view') }}
-- depends_on: {{ source('governance', 'published_scores') }}

select
    officer_id,
    full_name,
    unit_id,
    outcome,
    as_of_date,
    score,
    percentile,
    rank,
    is_on_list,
    review_due_on,
    valid_until,
    approval,
    clock
from {{ read_on_record() }}
