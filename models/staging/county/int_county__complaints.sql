-- One row per officer and allegation, on the columns of `complaints`.
-- Point in time: known when entered, which is all that the office records of the receipt; finding and discipline from closed_on.

with

entries as (

    select *
    from {{ ref('int_county__entry_deputies') }}
    where entry_type in ('citizen complaint', 'internal complaint')

)

select
    entry_officer_id as allegation_id,
    entry_id as complaint_id,
    officer_id,
    case entry_type when 'citizen complaint' then 'citizen' else 'internal' end as origin,
    case allegation
        when 'excessive force' then 'force'
        when 'rudeness' then 'verbal'
        when 'improper search' then 'search'
        when 'neglect of duty' then 'neglect'
        when 'off-duty conduct' then 'conduct_off_duty'
        else 'other'
    end as category,
    cast(null as text) as severity,
    cast(null as text) as beat,
    case
        when disposed_on is null then null
        when disposition = 'founded' then 'sustained'
        when disposition = 'not founded' then 'unfounded'
        when disposition = 'inconclusive' then 'not_sustained'
        when disposition = 'exonerated' then 'exonerated'
        else 'other'
    end as finding,
    case
        when disposed_on is null then null
        when action_taken is null then 'none'
        when action_taken in ('reprimand', 'suspension') then action_taken
        else 'other'
    end as discipline,
    cast(null as integer) as discipline_days,
    cast(null as integer) as complainant_count,
    cast(null as boolean) as has_black_complainant,
    cast(null as boolean) as has_female_complainant,
    case when cast(occurred_at as date) <= known_on then cast(occurred_at as date) end as incident_on,
    known_on as reported_on,
    disposed_on as closed_on,
    known_on
from entries
