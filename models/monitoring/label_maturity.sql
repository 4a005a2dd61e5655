-- One row per outcome, horizon and as-of date: whether its labels are decided, and how many were taken for decided too early.
-- A case counts as open if it was so when the window, and the time that findings usually take, were over: by today's measure of
-- that time (outcome_maturity), so a row moves where findings become slower.

with

labels as (
    select * from {{ ref('officer_labels') }}
),

decisions as (
    select * from {{ ref('label_decisions') }}
),

maturity as (
    select * from {{ ref('outcome_maturity') }}
),

counted as (
    select
        labels.outcome,
        labels.horizon_months,
        labels.as_of_date,
        max(labels.window_end) as window_end,
        max(labels.window_end + maturity.maturity_days) as mature_on,
        count(*) as n_cohort,
        count(*) filter (where labels.label_status = 'pending') as n_pending,
        count(decisions.officer_id) as n_with_case,
        count(*) filter (where decisions.last_decided_on > labels.window_end + maturity.maturity_days) as n_open_at_maturity
    from labels
    inner join maturity
        on labels.outcome = maturity.outcome
    left join decisions
        on
            labels.officer_id = decisions.officer_id
            and labels.as_of_date = decisions.as_of_date
            and labels.outcome = decisions.outcome
            and labels.horizon_months = decisions.horizon_months
    group by labels.outcome, labels.horizon_months, labels.as_of_date
)

select
    outcome,
    horizon_months,
    as_of_date,
    window_end,
    mature_on,
    n_pending = 0 as is_mature,
    cast(n_cohort as integer) as n_cohort,
    cast(n_pending as integer) as n_pending,
    cast(n_with_case as integer) as n_with_case,
    cast(case when n_pending = 0 then n_open_at_maturity end as integer) as n_open_at_maturity,
    case when n_pending = 0 then cast(n_open_at_maturity as double precision) / nullif(n_with_case, 0) end as share_open_at_maturity
from counted
