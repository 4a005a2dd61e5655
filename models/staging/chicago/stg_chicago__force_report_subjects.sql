-- One row per tactical response report: its subject.

select
    trim(trr_id) as force_id,
    {{ text('race') }} as race,
    {{ text('gender') }} as sex,
    cast({{ try_cast('age', 'numeric') }} as integer) as age,
    {{ text('armed') }} = 'yes' as is_armed,
    {{ text('injured') }} = 'yes' as is_injured
from {{ source('raw', 'trr_subjects') }}
