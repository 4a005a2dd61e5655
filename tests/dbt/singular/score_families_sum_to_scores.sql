-- Base, families and, apart, own record and context sum to the log-odds of the score, to a millionth.

with

details as (
    select * from {{ ref('officer_score_details') }}
),

families as (
    select
        officer_id,
        as_of_date,
        outcome,
        sum(contribution) as log_odds_of_families
    from {{ ref('officer_score_families') }}
    group by officer_id, as_of_date, outcome
)

select details.*
from details
left join families
    on
        details.officer_id = families.officer_id
        and details.as_of_date = families.as_of_date
        and details.outcome = families.outcome
where
    abs(details.base_log_odds + details.log_odds_own + details.log_odds_context - ln(details.score / (1 - details.score))) > 1e-6
    or abs(details.log_odds_own + details.log_odds_context - families.log_odds_of_families) > 1e-6
    or families.log_odds_of_families is null
