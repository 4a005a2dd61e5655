-- One row per outcome, candidate and test date: the list with the mitigation beside the list without.

with

rates as (
    select
        *,
        list_rule = 'highest scores' as is_plain
    from {{ ref('fairness_audit') }}
    where test_as_of_date is not null and metric in ('precision', 'recall')
),

mitigated as (
    select distinct
        outcome,
        model_group,
        test_as_of_date,
        list_rule,
        replace(list_rule, 'equal recall by ', '') as mitigated_by
    from rates
    where not is_plain
),

-- The rates of everybody are those of the whole list; the recall of groups is what the mitigation is about.
beside as (
    select
        mitigated.outcome,
        mitigated.model_group,
        mitigated.test_as_of_date,
        mitigated.list_rule,
        rates.list_size,
        case when rates.is_plain then rates.value end as value_without,
        case when not rates.is_plain then rates.value end as value_with,
        rates.attribute = 'everybody' and rates.metric = 'precision' as is_precision,
        rates.attribute = 'everybody' and rates.metric = 'recall' as is_recall,
        rates.attribute = mitigated.mitigated_by and rates.metric = 'recall' as is_group_recall
    from mitigated
    inner join rates
        on
            mitigated.outcome = rates.outcome
            and mitigated.model_group = rates.model_group
            and mitigated.test_as_of_date = rates.test_as_of_date
            and (rates.is_plain or mitigated.list_rule = rates.list_rule)
)

select
    outcome,
    model_group,
    test_as_of_date,
    list_rule,
    max(list_size) as list_size,
    max(case when is_precision then value_without end) as precision_without,
    max(case when is_precision then value_with end) as precision_with,
    max(case when is_recall then value_without end) as recall_without,
    max(case when is_recall then value_with end) as recall_with,
    max(case when is_group_recall then value_without end) - min(case when is_group_recall then value_without end) as recall_gap_without,
    max(case when is_group_recall then value_with end) - min(case when is_group_recall then value_with end) as recall_gap_with
from beside
group by outcome, model_group, test_as_of_date, list_rule
