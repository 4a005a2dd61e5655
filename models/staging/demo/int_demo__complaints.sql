-- One row per officer and allegation, on the columns of `complaints`.
-- Point in time: known on the day the allegation was added; finding and discipline from closed_on.

with

allegations as (

    select * from {{ ref('stg_demo__ia_allegations') }}

),

complaints as (

    select * from {{ ref('stg_demo__ia_complaints') }}

),

employees as (

    select * from {{ ref('stg_demo__hr_employees') }}

)

select
    allegations.allegation_id,
    allegations.complaint_id,
    allegations.officer_id,
    case when complaints.origin in ('citizen', 'internal') then complaints.origin end as origin,
    case allegations.allegation_code
        when 'f01' then 'force'
        when 's02' then 'search'
        when 'a03' then 'arrest'
        when 'v04' then 'verbal'
        when 'b05' then 'bias'
        when 'o06' then 'conduct_off_duty'
        when 'n07' then 'neglect'
        when 'p08' then 'administrative'
        when 'd09' then 'drugs_alcohol'
        when 'c10' then 'criminal'
        when 'l11' then 'supervision'
        when 't12' then 'vehicle'
        else 'other'
    end as category,
    case allegations.class when 'i' then 'serious' when 'ii' then 'minor' end as severity,
    complaints.beat,
    case
        when allegations.closed_on is null then null
        when allegations.finding = 'sustained' then 'sustained'
        when allegations.finding = 'not sustained' then 'not_sustained'
        when allegations.finding = 'exonerated' then 'exonerated'
        when allegations.finding = 'unfounded' then 'unfounded'
        when allegations.finding = 'withdrawn' then 'no_affidavit'
        else 'other'
    end as finding,
    case
        when allegations.closed_on is null then null
        when allegations.discipline = 'none' then 'none'
        when allegations.discipline = 'written reprimand' then 'reprimand'
        when allegations.discipline = 'suspension' then 'suspension'
        when allegations.discipline = 'termination' then 'separation'
        else 'other'
    end as discipline,
    allegations.suspension_days as discipline_days,
    complaints.complainant_count,
    complaints.complainant_race = 'black' as has_black_complainant,
    complaints.complainant_sex = 'female' as has_female_complainant,
    case when complaints.incident_on <= complaints.received_on then complaints.incident_on end as incident_on,
    complaints.received_on as reported_on,
    allegations.closed_on,
    greatest(allegations.known_on, complaints.known_on) as known_on
from allegations
inner join complaints on allegations.complaint_id = complaints.complaint_id
inner join employees on allegations.officer_id = employees.officer_id
