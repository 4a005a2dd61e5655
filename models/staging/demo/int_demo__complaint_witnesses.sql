-- One row per complaint and officer heard as a witness, on the columns of `complaint_witnesses`.

with

witnesses as (

    select * from {{ ref('stg_demo__ia_witnesses') }}

),

employees as (

    select * from {{ ref('stg_demo__hr_employees') }}

)

select
    witnesses.complaint_id || '-' || witnesses.officer_id as witness_id,
    witnesses.complaint_id,
    witnesses.officer_id,
    witnesses.known_on
from witnesses
inner join employees on witnesses.officer_id = employees.officer_id
