-- One row per officer, outcome, direction and reason, of the current scores that the login may see. Reading it is recorded like
-- reading the scores, in governance.score_reads.
{{ config(materialized='view') }}
-- depends_on: {{ source('governance', 'published_scores') }}

with

lists as (
    select * from {{ source('governance', 'lists') }}
    where status = 'current'
),

reasons as (
    select * from {{ ref('worded_reasons') }}
)

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
    case when visible.is_on_list then reasons.n_evidence end as n_evidence,
    reasons.score_if_typical,
    reasons.rank_if_typical > lists.n_on_list as leaves_list_if_typical
from {{ read_on_record() }} as visible
inner join lists
    on visible.outcome = lists.outcome
inner join reasons
    on
        visible.officer_id = reasons.officer_id
        and lists.as_of_date = reasons.as_of_date
        and lists.outcome = reasons.outcome
        and lists.scored_at = reasons.scored_at
