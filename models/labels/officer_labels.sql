-- One row per officer of the cohort, as-of date, outcome and horizon: did it happen in [as_of_date, as_of_date + horizon)?
--   positive  at least one adverse event in the window; known_on is the first day on which one was known to be adverse
--   negative  none, the window was completely observed and decisions have had time to come; known_on is the window's end plus that time
--   pending   none so far, and that may still change; label_value and known_on are null

with

cohort as (
    select
        officer_id,
        as_of_date
    from {{ ref('officer_cohort') }}
),

outcome_maturity as (
    select * from {{ ref('outcome_maturity') }}
),

adverse_events as (
    select * from {{ ref('adverse_events') }}
),

horizons as (
    {% for months in var('horizons_months') -%}
    select {{ months }} as horizon_months{{ ' union all' if not loop.last }}
    {% endfor %}
),

windows as (
    select
        cohort.officer_id,
        cohort.as_of_date,
        outcome_maturity.outcome,
        horizons.horizon_months,
        cast(cohort.as_of_date + interval '1 month' * horizons.horizon_months as date) as window_end,
        outcome_maturity.maturity_days,
        outcome_maturity.observed_until
    from cohort
    cross join outcome_maturity
    cross join horizons
),

positives as (
    select
        windows.officer_id,
        windows.as_of_date,
        windows.outcome,
        windows.horizon_months,
        min(adverse_events.known_on) as known_on,
        count(*) as n_events
    from windows
    inner join adverse_events
        on
            windows.officer_id = adverse_events.officer_id
            and windows.outcome = adverse_events.outcome
            and windows.as_of_date <= adverse_events.happened_on
            and windows.window_end > adverse_events.happened_on
    group by windows.officer_id, windows.as_of_date, windows.outcome, windows.horizon_months
),

judged as (
    select
        windows.*,
        positives.known_on as positive_known_on,
        coalesce(positives.n_events, 0) as n_events,
        case
            when positives.officer_id is not null then 'positive'
            when windows.window_end + windows.maturity_days <= windows.observed_until then 'negative'
            else 'pending'
        end as label_status
    from windows
    left join positives
        on
            windows.officer_id = positives.officer_id
            and windows.as_of_date = positives.as_of_date
            and windows.outcome = positives.outcome
            and windows.horizon_months = positives.horizon_months
)

select
    officer_id,
    as_of_date,
    outcome,
    horizon_months,
    case label_status when 'positive' then 1 when 'negative' then 0 end as label_value,
    label_status,
    cast(n_events as integer) as n_events,
    case label_status
        when 'positive' then positive_known_on
        when 'negative' then window_end + maturity_days
    end as known_on,
    window_end
from judged
