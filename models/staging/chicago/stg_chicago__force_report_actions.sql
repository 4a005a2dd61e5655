-- One row per tactical response report and action of the officer or the subject.

select
    trim(trr_id) as force_id,
    {{ text('person') }} = 'member action' as is_officer_action,
    {{ text('resistance_type') }} as resistance_type,
    {{ text('member_action') }} as action,
    {{ text('force_type') }} as action_type,
    cast({{ try_cast('action_category', 'numeric') }} as integer) as force_level
from {{ source('raw', 'trr_actions') }}
