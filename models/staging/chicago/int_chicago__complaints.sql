-- One row per officer and allegation, on the columns of `complaints`.
-- Point in time: known on the day it was received; finding and discipline from closed_on. A finding without a closing day
-- (569 rows) counts in the end, but was never known at a known time: closed_on stays null.
-- A complaint that release 1 delivers as C258959 and a later release as 258959 is one: the later row stays, with its date.

with complaints as (

    select * from {{ ref('stg_chicago__complaints') }}

),

received_once as (

    select earlier.*
    from complaints as earlier
    left join complaints as later on earlier.complaint_id = 'C' || later.complaint_id
    where later.complaint_id is null

),

complainants as (

    select
        complaint_id,
        count(*) as complainant_count,
        max(case when race = 'black' then 1 when race is not null then 0 end) = 1 as has_black_complainant,
        max(case when sex = 'female' then 1 when sex is not null then 0 end) = 1 as has_female_complainant
    from {{ ref('stg_chicago__complainants') }}
    group by complaint_id

),

allegations as (

    select
        complaints.*,
        accused.officer_id,
        accused.final_finding,
        accused.final_outcome,
        officer_filed.complaint_id is not null as is_officer_filed,
        coalesce(exact.category, family.category, 'other') as category,
        case when exact.code is not null then exact.severity else family.severity end as severity
    from {{ ref('stg_chicago__accused') }} as accused
    inner join received_once as complaints on accused.complaint_id = complaints.complaint_id
    left join {{ ref('stg_chicago__officer_filed_complaints') }} as officer_filed
        on accused.complaint_id = officer_filed.complaint_id
    left join {{ ref('chicago_complaint_categories') }} as exact on accused.complaint_code = exact.code
    left join {{ ref('chicago_complaint_categories') }} as family on substr(accused.complaint_code, 1, 2) = family.code

)

select
    allegations.complaint_id || '-' || allegations.officer_id as allegation_id,
    allegations.complaint_id,
    allegations.officer_id,
    -- The list of officer-filed complaints covers the releases from 2000 on, up to September 2017.
    case
        when allegations.is_officer_filed then 'internal'
        when allegations.release > 1 and allegations.reported_on < cast('2017-10-01' as date) then 'citizen'
    end as origin,
    allegations.category,
    allegations.severity,
    allegations.beat,
    case
        when allegations.final_finding = 'su' then 'sustained'
        when allegations.final_finding = 'ns' then 'not_sustained'
        when allegations.final_finding = 'ex' then 'exonerated'
        when allegations.final_finding = 'un' then 'unfounded'
        when allegations.final_finding = 'naf' then 'no_affidavit'
        when allegations.final_finding is not null or allegations.closed_on is not null then 'other'
    end as finding,
    case
        when allegations.final_outcome in ('no action taken', 'sustained-no penalty', 'violation noted') then 'none'
        when allegations.final_outcome = 'reprimand' then 'reprimand'
        when allegations.final_outcome like '%day suspension' or allegations.final_outcome like 'suspen%'
            then 'suspension'
        when
            allegations.final_outcome like '%separat%'
            or allegations.final_outcome like '%termination'
            or allegations.final_outcome like 'resigned%'
            then 'separation'
        when allegations.final_outcome is not null then 'other'
    end as discipline,
    case
        when allegations.final_outcome like '% day suspension'
            then {{ try_cast("split_part(allegations.final_outcome, ' ', 1)", 'integer') }}
        when allegations.final_outcome like 'suspended for % days'
            then {{ try_cast("split_part(allegations.final_outcome, ' ', 3)", 'integer') }}
    end as discipline_days,
    complainants.complainant_count,
    complainants.has_black_complainant,
    complainants.has_female_complainant,
    allegations.incident_on,
    allegations.reported_on,
    allegations.closed_on,
    allegations.reported_on as known_on
from allegations
left join complainants on allegations.complaint_id = complainants.complaint_id
