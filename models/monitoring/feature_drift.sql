-- One row per as-of date and feature: how far it is from the most similar month of half a year to a year ago, as measured last.
-- Point in time: features of every date know only what was known before it.

with

measured as (
    select * from {{ source('ml', 'feature_drift') }}
),

latest as (
    select distinct on (as_of_date)
        as_of_date,
        drift_id
    from measured
    order by as_of_date asc, measured_at desc, drift_id asc
)

select
    measured.as_of_date,
    measured.feature_name,
    measured.family,
    measured.reference_as_of_date,
    measured.n_officers,
    measured.psi,
    measured.psi_by_chance,
    measured.share_missing,
    measured.share_missing_before,
    measured.measured_at
from measured
inner join latest
    on measured.drift_id = latest.drift_id
