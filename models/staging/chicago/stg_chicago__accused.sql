-- One row per complaint and accused officer.
-- Point in time: finding and outcome stand here as they ended; they were known on the complaint's closing day.

select
    trim(cr_id) as complaint_id,
    split_part(uid, '.', 1) as officer_id,
    upper(trim(complaint_code)) as complaint_code,
    {{ text('final_finding') }} as final_finding,
    nullif({{ text('final_outcome') }}, 'unknown') as final_outcome
from {{ source('raw', 'accused') }}
