-- One row per officer, outcome, direction and reason, of the current scores that the login may see. Reading it is recorded like
-- reading the scores, in governance.score_reads.
{{ config(materialized='view') }}
-- depends_on: {{ source('governance', 'published_scores') }}

select
    visible.officer_id,
    visible.full_name,
    visible.unit_id,
    visible.outcome,
    visible.as_of_date,
    reasons.direction,
    reasons.reason_rank,
    reasons.sentence,
    reasons.scope,
    reasons.n_evidence,
    reasons.score_if_typical,
    reasons.leaves_list_if_typical
from {{ read_on_record() }} as visible
inner join {{ ref('officer_score_reasons') }} as reasons
    on
        visible.officer_id = reasons.officer_id
        and visible.as_of_date = reasons.as_of_date
        and visible.outcome = reasons.outcome
