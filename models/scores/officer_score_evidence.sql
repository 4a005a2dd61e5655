-- One row per reason of an officer on a published list and row of a core table behind it, the latest hundred of each reason.
{{ config(materialized='view') }}

with

scores as (
    select * from {{ ref('officer_scores') }}
),

evidence as (
    select * from {{ ref('reason_evidence') }}
)

select evidence.*
from scores
inner join evidence
    on
        scores.officer_id = evidence.officer_id
        and scores.as_of_date = evidence.as_of_date
        and scores.outcome = evidence.outcome
        and scores.scored_at = evidence.scored_at
