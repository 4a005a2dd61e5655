-- One row per outcome, horizon and as-of date: the cohort and its base rate.

select
    outcome,
    horizon_months,
    as_of_date,
    cast(count(*) as integer) as n_cohort,
    cast(count(*) filter (where label_status = 'positive') as integer) as n_positive,
    cast(count(*) filter (where label_status = 'pending') as integer) as n_pending,
    avg(cast(label_value as double precision)) as base_rate
from {{ ref('officer_labels') }}
group by outcome, horizon_months, as_of_date
