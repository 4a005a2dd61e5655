-- One row per officer and claim.
{{ config(enabled=is_supplied('civil_claims')) }}

select
    cast(claim_id as text) as claim_id,
    cast(officer_id as text) as officer_id,
    cast(matter_type as text) as matter_type,
    cast(result as text) as result,
    cast(paid_amount as numeric) as paid_amount,
    cast(filed_on as date) as filed_on,
    cast(closed_on as date) as closed_on,
    cast(known_on as date) as known_on
from {{ mapped('civil_claims') }}
where {{ still_stands('civil_claims') }}
