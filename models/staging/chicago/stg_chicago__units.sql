-- One row per unit number and name; some numbers were given twice.

select
    split_part(current_unit, '.', 1) as unit_id,
    nullif({{ text('coalesce(current_unit_description_april_2017_roster, from_pdf_may_2016)') }}, 'unknown') as unit_name,
    {{ text('status_from_pdf_may_2016') }} = 'y' as is_active_in_2016
from {{ source('raw', 'unit_reference') }}
