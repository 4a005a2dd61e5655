-- One row per complaint and officer heard as a witness, on the columns of `complaint_witnesses`.
-- Point in time: nobody wrote down the day of the hearing. It lies before the closing day, so it is known then at the
-- latest; complaints without a closing day are left out.

select
    witnesses.complaint_id || '-' || witnesses.officer_id as witness_id,
    witnesses.complaint_id,
    witnesses.officer_id,
    complaints.closed_on as known_on
from {{ ref('stg_chicago__complaint_witnesses') }} as witnesses
inner join {{ ref('stg_chicago__complaints') }} as complaints on witnesses.complaint_id = complaints.complaint_id
where complaints.closed_on is not null
