-- One row per reason and row of a core table behind it, of the current scores that the login may see. Reading it is recorded
-- like reading the scores, in governance.score_reads.
{{ config(materialized='view') }}
-- depends_on: {{ source('governance', 'published_scores') }}

select
    visible.officer_id,
    visible.full_name,
    visible.unit_id,
    visible.outcome,
    visible.as_of_date,
    evidence.direction,
    evidence.reason_rank,
    evidence.evidence_number,
    evidence.event_table,
    evidence.event_id,
    evidence.happened_on,
    evidence.known_on
from {{ read_on_record() }} as visible
inner join {{ ref('officer_score_evidence') }} as evidence
    on
        visible.officer_id = evidence.officer_id
        and visible.as_of_date = evidence.as_of_date
        and visible.outcome = evidence.outcome
