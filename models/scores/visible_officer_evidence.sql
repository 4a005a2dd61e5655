-- One row per reason and row of a core table behind it, of the current scores that the login may see. Reading it is recorded
-- like reading the scores, in governance.score_reads.
{{ config(materialized='view') }}
-- depends_on: {{ source('governance', 'published_scores') }}

with

lists as (
    select * from {{ source('governance', 'lists') }}
    where status = 'current'
),

evidence as (
    select * from {{ ref('reason_evidence') }}
)

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
    evidence.is_disputed,
    evidence.happened_on,
    evidence.known_on
from {{ read_on_record() }} as visible
inner join lists
    on visible.outcome = lists.outcome
inner join evidence
    on
        visible.officer_id = evidence.officer_id
        and lists.as_of_date = evidence.as_of_date
        and lists.outcome = evidence.outcome
        and lists.scored_at = evidence.scored_at
