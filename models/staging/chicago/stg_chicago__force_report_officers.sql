-- One row per tactical response report that names its officer; 287 do not and are left out.

select
    trim(trr_id) as force_id,
    split_part(uid, '.', 1) as officer_id,
    {{ text('injured') }} = 'yes' as is_officer_injured,
    {{ text('in_uniform') }} = 'yes' as is_in_uniform,
    {{ text('duty_status') }} = 'yes' as is_on_duty
from {{ source('raw', 'trr_officers') }}
where uid is not null
