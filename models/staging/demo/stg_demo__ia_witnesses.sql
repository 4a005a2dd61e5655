-- One row per complaint and officer heard as a witness.
-- Point in time: known on the day of the interview.
{%- set american = "substr({0}, 7, 4) || '-' || substr({0}, 1, 2) || '-' || substr({0}, 4, 2)" %}

-- Repeated rows: the first one.
select distinct on (complaint_number, employee)
    trim(complaint_number) as complaint_id,
    ltrim(trim(employee), 'E') as officer_id,
    {{ try_cast(american.format('interviewed'), 'date') }} as known_on
from {{ source('raw', 'ia_witnesses') }}
order by complaint_number, employee, _row
