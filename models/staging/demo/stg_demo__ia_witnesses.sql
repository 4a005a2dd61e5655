-- One row per complaint and officer heard as a witness.
-- Point in time: known on the day of the interview.
{%- set american = "substr({0}, 7, 4) || '-' || substr({0}, 1, 2) || '-' || substr({0}, 4, 2)" %}

with

delivered as (

    select
        *,
        row_number() over (partition by complaint_number, employee order by _row) as copy
    from {{ source('raw', 'ia_witnesses') }}

)

select
    trim(complaint_number) as complaint_id,
    ltrim(trim(employee), 'E') as officer_id,
    {{ try_cast(american.format('interviewed'), 'date') }} as known_on
from delivered
where copy = 1
