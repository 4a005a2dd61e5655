-- One row per officer and claim, on the columns of `civil_claims`.

with

claims as (

    select * from {{ ref('stg_demo__legal_claims') }}

)

select
    matter_id as claim_id,
    officer_id,
    case matter_type
        when 'excessive force' then 'force'
        when 'false arrest' then 'arrest'
        when 'search' then 'search'
        when 'vehicle' then 'vehicle'
        else 'other'
    end as matter_type,
    case when closed_on is not null then result end as result,
    case when closed_on is not null then paid_amount end as paid_amount,
    filed_on,
    closed_on,
    known_on
from claims
