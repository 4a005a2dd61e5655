-- One row per officer and matter, on the columns of `criminal_matters`.

with

matters as (

    select * from {{ ref('stg_demo__legal_criminal_matters') }}

)

select
    matter_id,
    officer_id,
    case when is_on_duty then 'duty' else 'off_duty' end as matter_type,
    case when closed_on is not null then result end as result,
    filed_on,
    closed_on,
    known_on
from matters
