-- One row per signal, subject and as-of date: what is watched, as a number, beside its bounds in the policy in force.
-- A number with an interval is beyond a bound only with its whole interval; one that rests on too few cases is not judged.
-- Current is, of what is measured each month, the latest as-of date; of what waits for windows to be over, the latest that is.
-- Point in time: each row knows what its own table knows (see there); bounds are those of today.
{{ config(post_hook="{{ enter('raise_alerts') }}") }}

with

bounds as (
    select * from {{ source('governance', 'signal_bounds') }}
),

as_of_dates as (
    select max(as_of_date) as latest from {{ ref('as_of_dates') }}
),

input_volume as (
    select
        table_name as subject,
        as_of_date,
        n_rows,
        case when n_rows < least_usual_rows then least_usual_rows else greatest(most_usual_rows, 1) end as usual_rows,
        n_rows between least_usual_rows and most_usual_rows as is_usual,
        most_usual_rows
    from {{ ref('input_flow') }}
    where most_usual_rows is not null
),

-- Of families that are made of what is delivered. Rates, peers and units are made of those: what moves there has moved in them first, and
-- a mean, or a size of a unit, that many officers share is one observation and not many.
feature_drift as (
    select
        *,
        row_number() over (partition by as_of_date, family order by psi - psi_by_chance desc, feature_name) as place_by_drift,
        row_number() over (
            partition by as_of_date, family order by share_missing - share_missing_before desc, feature_name
        ) as place_by_missing
    from {{ ref('feature_drift') }}
    where family not in ('rates', 'peers', 'unit') and feature_name <> 'career_unit_size'
),

performance as (
    select * from {{ ref('realised_performance') }}
    where is_models_horizon and is_mature
),

measured as (
    select
        cast('input_volume' as text) as signal,
        'core.' || subject as subject,
        as_of_date,
        false as waits,
        case when is_usual then 1 else n_rows / usual_rows end as value,
        case when is_usual then 1 else {{ fewest_expected('n_rows') }} / usual_rows end as value_low,
        case when is_usual then 1 else {{ most_expected('n_rows') }} / usual_rows end as value_high,
        most_usual_rows as n_cases,
        n_rows || ' rows became known in the month, usual are ' || {{ rounded('usual_rows', 0) }} as finding
    from input_volume

    union all

    select
        'input_delay' as signal,
        'core.' || table_name as subject,
        as_of_date,
        false as waits,
        median_delay_days - usual_delay_days as value,
        median_delay_days - usual_delay_days as value_low,
        median_delay_days - usual_delay_days as value_high,
        n_rows as n_cases,
        'Half of the rows of the month came within ' || {{ rounded('median_delay_days', 0) }} || ' days, usual are '
        || {{ rounded('usual_delay_days', 0) }} as finding
    from {{ ref('input_flow') }}
    where usual_delay_days is not null and median_delay_days is not null

    union all

    select
        'feature_drift' as signal,
        family as subject,
        as_of_date,
        false as waits,
        psi as value,
        greatest(psi - psi_by_chance, 0) as value_low,
        psi as value_high,
        n_officers as n_cases,
        feature_name || ' has PSI ' || {{ rounded('psi') }} || ' against ' || reference_as_of_date || ', ' || {{ rounded('psi_by_chance') }}
        || ' may be chance' as finding
    from feature_drift
    where place_by_drift = 1

    union all

    select
        'feature_missing' as signal,
        family as subject,
        as_of_date,
        false as waits,
        share_missing - share_missing_before as value,
        share_missing - share_missing_before as value_low,
        share_missing - share_missing_before as value_high,
        n_officers as n_cases,
        feature_name || ' has no value for ' || {{ rounded('100 * share_missing', 0) }} || ' % of officers, at ' || reference_as_of_date
        || ' for ' || {{ rounded('100 * share_missing_before', 0) }} || ' %' as finding
    from feature_drift
    where place_by_missing = 1

    union all

    select
        'score_drift' as signal,
        outcome as subject,
        as_of_date,
        false as waits,
        psi as value,
        psi as value_low,
        psi as value_high,
        n_officers as n_cases,
        'Scores have PSI ' || {{ rounded('psi') }} || ' against ' || reference_as_of_date || ', the first that model '
        || substr(model_id, 1, 8) || ' scored' as finding
    from {{ ref('score_stability') }}
    where psi is not null

    union all

    select
        'list_churn' as signal,
        outcome as subject,
        as_of_date,
        false as waits,
        churn as value,
        churn as value_low,
        churn as value_high,
        n_listed_in_both as n_cases,
        {{ rounded('100 * churn', 0) }} || ' % of the list were not on that of ' || previous_as_of_date as finding
    from {{ ref('score_stability') }}
    where churn is not null

    union all

    select
        'rank_correlation' as signal,
        outcome as subject,
        as_of_date,
        false as waits,
        rank_correlation as value,
        rank_correlation as value_low,
        rank_correlation as value_high,
        n_in_both as n_cases,
        'The order of officers correlates by ' || {{ rounded('rank_correlation') }} || ' with that of ' || previous_as_of_date as finding
    from {{ ref('score_stability') }}
    where rank_correlation is not null

    union all

    select
        'calibration' as signal,
        outcome as subject,
        as_of_date,
        true as waits,
        n_positive / n_expected as value,
        {{ fewest_expected('n_positive') }} / n_expected as value_low,
        {{ most_expected('n_positive') }} / n_expected as value_high,
        -- Few officers with the outcome are a finding where the scores had promised many.
        greatest(n_positive, n_expected) as n_cases,
        n_positive || ' officers had the outcome, the scores add up to ' || {{ rounded('n_expected', 1) }} as finding
    from performance
    where n_expected > 0

    union all

    select
        'realised_precision' as signal,
        outcome as subject,
        as_of_date,
        true as waits,
        precision_on_list / replayed_precision as value,
        precision_low / replayed_precision as value_low,
        precision_high / replayed_precision as value_high,
        n_listed as n_cases,
        n_found || ' of ' || n_listed || ' listed officers had the outcome; in the replay ' || {{ rounded('100 * replayed_precision', 0) }}
        || ' % had' as finding
    from performance
    where replayed_precision > 0

    union all

    select
        'group_share' as signal,
        outcome || ': ' || attribute || ' ' || group_name as subject,
        as_of_date,
        false as waits,
        share_ratio as value,
        share_ratio_low as value_low,
        share_ratio_high as value_high,
        n_officers as n_cases,
        n_listed || ' of ' || n_officers || ' are on the list, ' || {{ rounded('share_ratio') }}
        || ' times the share of everybody else' as finding
    from {{ ref('list_fairness') }}
    where share_ratio is not null

    union all

    select
        'label_maturity' as signal,
        label_maturity.outcome as subject,
        label_maturity.as_of_date,
        true as waits,
        label_maturity.share_open_at_maturity as value,
        {{ fewest_of('label_maturity.n_open_at_maturity', 'label_maturity.n_with_case') }} as value_low,
        {{ most_of('label_maturity.n_open_at_maturity', 'label_maturity.n_with_case') }} as value_high,
        label_maturity.n_with_case as n_cases,
        'Of ' || label_maturity.n_with_case || ' officers with a case ' || label_maturity.n_open_at_maturity
        || ' had an open one when the label was taken for decided, ' || label_maturity.mature_on as finding
    from {{ ref('label_maturity') }} as label_maturity
    inner join {{ ref('outcome_maturity') }} as outcome_maturity
        on label_maturity.outcome = outcome_maturity.outcome
    where
        label_maturity.is_mature
        and label_maturity.n_with_case > 0
        and outcome_maturity.is_decided_later
        and label_maturity.horizon_months = {{ var('horizon_months') }}

    union all

    select
        'force_reporting' as signal,
        'unit ' || unit_id as subject,
        as_of_date,
        false as waits,
        ratio as value,
        ratio_low as value_low,
        ratio_high as value_high,
        n_expected as n_cases,
        n_reports || ' force reports in three months; ' || {{ rounded('n_expected', 1) }} || ' are expected of ' || n_arrests
        || ' arrests, ' || n_resisting || ' of them for resisting only, and ' || n_assaults || ' injuries by assault' as finding
    from {{ ref('force_reporting') }}
    where ratio is not null
),

dated as (
    select
        measured.*,
        max(measured.as_of_date) over (partition by measured.signal, measured.subject) as last_of_subject
    from measured
),

judged as (
    select
        dated.signal,
        dated.subject,
        dated.as_of_date,
        dated.value,
        dated.value_low,
        dated.value_high,
        dated.n_cases,
        dated.finding,
        bounds.at_least,
        bounds.at_most,
        bounds.owner,
        dated.as_of_date = case when dated.waits then dated.last_of_subject else as_of_dates.latest end as is_current,
        case
            when bounds.signal is null or dated.n_cases < bounds.min_cases then 'not judged'
            when dated.value_low > bounds.at_most or dated.value_high < bounds.at_least then 'beyond'
            else 'within'
        end as state
    from dated
    cross join as_of_dates
    left join bounds
        on dated.signal = bounds.signal
)

select
    signal,
    subject,
    as_of_date,
    is_current,
    state,
    cast(value as double precision) as value,
    cast(value_low as double precision) as value_low,
    cast(value_high as double precision) as value_high,
    cast(n_cases as double precision) as n_cases,
    at_least,
    at_most,
    case when state = 'beyond' and value_low > at_most then at_most when state = 'beyond' then at_least end as bound,
    cast(finding as text) as finding,
    owner
from judged
