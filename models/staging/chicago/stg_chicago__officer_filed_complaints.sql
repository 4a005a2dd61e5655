-- One row per complaint, from January 2000 to September 2017, that came from an officer and not from the public.

select distinct trim(cr_id) as complaint_id
from {{ source('raw', 'officer_filed') }}
