-- One row per outcome, kind of list and measure, of the latest follow-up: whether being listed made a difference.

select distinct on (outcome, list_kind, measure)
    outcome,
    horizon_months,
    list_kind,
    measure,
    n_lists,
    first_as_of_date,
    last_as_of_date,
    n_listed_officers,
    verdict,
    explanation,
    level,
    difference,
    difference_low,
    difference_high,
    detectable_difference,
    bandwidth,
    n_listed_near,
    n_unlisted_near,
    listed_before,
    listed_after,
    next_before,
    next_after,
    change_difference,
    change_difference_low,
    change_difference_high,
    evaluated_at
from {{ source('ml', 'list_effects') }}
order by outcome asc, list_kind asc, measure asc, evaluated_at desc
