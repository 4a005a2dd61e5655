-- One row per complaint and complainant as described. The release repeats many rows without a person's key, so equal
-- descriptions in one complaint count as one person.

select distinct
    trim(cr_id) as complaint_id,
    {{ text('gender') }} as sex,
    {{ text('race') }} as race,
    cast({{ try_cast('birth_year', 'numeric') }} as integer) as birth_year,
    cast({{ try_cast('age', 'numeric') }} as integer) as age
from {{ source('raw', 'complainants') }}
