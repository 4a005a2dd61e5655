-- One row per officer and outcome: the score that may be used today. Empty, rather than stale, once a list has expired,
-- and at once when it is withdrawn.
{{ config(materialized='view', post_hook="{{ read_as_caller() }}") }}

select *
from {{ ref('officer_scores') }}
where list_status = 'current'
