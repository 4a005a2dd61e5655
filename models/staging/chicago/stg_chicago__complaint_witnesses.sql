-- One row per complaint and officer heard as a witness. Rows without an officer (1,327) name nobody and are left out.

select distinct
    trim(cr_id) as complaint_id,
    split_part(uid, '.', 1) as officer_id
from {{ source('raw', 'cpd_witnesses') }}
where uid is not null
