-- One row per intervention given, on the columns of `interventions`.

with

interventions as (

    select * from {{ ref('stg_demo__eis_interventions') }}

)

select
    intervention_id,
    officer_id,
    case kind
        when 'counselling' then 'counselling'
        when 'training' then 'training'
        when 'peer support' then 'peer_support'
        when 'reassignment' then 'reassignment'
        else 'other'
    end as kind,
    prompted_by,
    case when ended_on is not null then outcome end as outcome,
    started_on,
    ended_on,
    known_on
from interventions
