-- One row per complaint and officer heard as a witness.
{{ config(enabled=is_supplied('complaint_witnesses')) }}

select
    cast(witness_id as text) as witness_id,
    cast(complaint_id as text) as complaint_id,
    cast(officer_id as text) as officer_id,
    cast(known_on as date) as known_on
from {{ mapped('complaint_witnesses') }}
where {{ still_stands('complaint_witnesses') }}
