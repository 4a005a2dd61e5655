-- One row per officer and calendar year of pay, on the columns of `ranks`.
-- Point in time: a year's row is known on its last day; a promotion inside the year dates the step.

with salaries as (

    select
        *,
        cast(cast(year as text) || '-01-01' as date) as first_day_on,
        cast(cast(year as text) || '-12-31' as date) as last_day_on
    from {{ ref('stg_chicago__salaries') }}

)

select
    officer_id || '-' || cast(year as text) as rank_id,
    officer_id,
    rank_title as rank,
    case
        when rank in ('police officer', 'field training officer') then 'officer'
        when rank in ('detective', 'investigator') then 'detective'
        when rank in ('sergeant', 'lieutenant') then rank
        when rank in ('civilian', 'general counsel') then 'other'
        else 'command'
    end as rank_group,
    pay_grade,
    annual_salary,
    case when last_promoted_on between first_day_on and last_day_on then last_promoted_on else first_day_on end
        as effective_on,
    last_day_on as known_on
from salaries
