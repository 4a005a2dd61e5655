-- One row per published list, attribute and group: its share on the list against everybody else's and, once the window is over and decided,
-- how many of those who needed help were found, and how many were looked at in vain.
-- Shares of a group below the policy's size are not told. Protected attributes go nowhere else.
-- Point in time: lists as published; recall and false positives only where no label of the list's cohort is pending.
{% set attributes = ['race', 'sex'] %}

with

performance as (
    select * from {{ ref('realised_performance') }}
    where is_models_horizon
),

published_scores as (
    select * from {{ source('governance', 'published_scores') }}
),

labels as (
    select * from {{ ref('officer_labels') }}
),

smallest as (
    select coalesce(max(min_cases), 1) as n_officers
    from {{ source('governance', 'signal_bounds') }}
    where signal = 'group_share'
),

traits as (
    {% for attribute in attributes -%}
    select
        officer_id,
        cast('{{ attribute }}' as text) as attribute,
        {{ attribute }} as group_name
    from {{ ref('officers') }}
    where {{ attribute }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

counted as (
    select
        performance.list_id,
        performance.outcome,
        performance.as_of_date,
        performance.is_mature,
        traits.attribute,
        traits.group_name,
        count(*) as n_officers,
        count(*) filter (where published_scores.is_on_list) as n_listed,
        count(*) filter (where labels.label_value = 1) as n_positive,
        count(*) filter (where labels.label_value = 1 and published_scores.is_on_list) as n_found,
        count(*) filter (where labels.label_value = 0) as n_negative,
        count(*) filter (where labels.label_value = 0 and published_scores.is_on_list) as n_in_vain
    from performance
    inner join published_scores
        on performance.list_id = published_scores.list_id
    inner join traits
        on published_scores.officer_id = traits.officer_id
    left join labels
        on
            performance.outcome = labels.outcome
            and performance.as_of_date = labels.as_of_date
            and performance.horizon_months = labels.horizon_months
            and published_scores.officer_id = labels.officer_id
    group by
        performance.list_id, performance.outcome, performance.as_of_date, performance.is_mature, traits.attribute, traits.group_name
),

compared as (
    select
        *,
        sum(n_officers) over everybody - n_officers as n_others,
        sum(n_listed) over everybody - n_listed as n_others_listed
    from counted
    window everybody as (partition by list_id, attribute)
),

-- Half an officer is added to each count, so that nobody on one side is no exception.
ratios as (
    select
        *,
        cast(
            (n_listed + 0.5) / (n_officers + 0.5) / ((n_others_listed + 0.5) / (n_others + 0.5)) as double precision
        ) as share_ratio,
        cast(
            sqrt(1 / (n_listed + 0.5) - 1 / (n_officers + 0.5) + 1 / (n_others_listed + 0.5) - 1 / (n_others + 0.5)) as double precision
        ) as log_error
    from compared
),

told as (
    select
        ratios.*,
        ratios.n_officers >= smallest.n_officers and ratios.n_others >= smallest.n_officers as is_told
    from ratios
    cross join smallest
)

select
    list_id,
    outcome,
    as_of_date,
    attribute,
    group_name,
    cast(n_officers as integer) as n_officers,
    cast(n_listed as integer) as n_listed,
    is_mature,
    case when is_told then cast(n_listed as double precision) / n_officers end as share_listed,
    case when is_told then share_ratio end as share_ratio,
    case when is_told then share_ratio * exp(-1.96 * log_error) end as share_ratio_low,
    case when is_told then share_ratio * exp(1.96 * log_error) end as share_ratio_high,
    case when is_told and is_mature then cast(n_found as double precision) / nullif(n_positive, 0) end as recall,
    case when is_told and is_mature then cast(n_in_vain as double precision) / nullif(n_negative, 0) end as false_positive_rate
from told
