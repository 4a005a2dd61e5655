-- One row per alert of the threshold system, on the columns of `legacy_alerts`.

with

alerts as (

    select * from {{ ref('stg_demo__legacy_eis_alerts') }}

)

select
    alert_id,
    officer_id,
    rule,
    case disposition
        when 'no action' then 'no_action'
        when 'counsel' then 'counselling'
        when 'train' then 'training'
        when 'monitor' then 'monitoring'
    end as disposition,
    raised_on,
    disposed_on,
    known_on
from alerts
