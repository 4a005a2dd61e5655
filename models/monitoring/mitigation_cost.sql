-- One row per outcome, candidate and test date: the list with the mitigation beside the list without.

with

rates as (
    select
        *,
        list_rule = 'highest scores' as is_plain
    from {{ ref('fairness_audit') }}
    where test_as_of_date is not null and metric in ('precision', 'recall')
),

-- The attribute that the mitigation shares places out by; `everybody` is one group, with the whole list's rates.
mitigated as (
    select distinct
        outcome,
        model_group,
        test_as_of_date,
        list_rule,
        replace(list_rule, 'equal recall by ', '') as mitigated_by
    from rates
    where not is_plain
)

select
    mitigated.outcome,
    mitigated.model_group,
    mitigated.test_as_of_date,
    mitigated.list_rule,
    max(case when rates.attribute = 'everybody' then rates.list_size end) as list_size,
    {% for metric in ['precision', 'recall'] -%}
    max(case when rates.is_plain and rates.attribute = 'everybody' and rates.metric = '{{ metric }}' then rates.value end)
        as {{ metric }}_without,
    max(case when not rates.is_plain and rates.attribute = 'everybody' and rates.metric = '{{ metric }}' then rates.value end)
        as {{ metric }}_with,
    {% endfor -%}
    {% for name, plain in [('without', 'rates.is_plain'), ('with', 'not rates.is_plain')] -%}
    max(case when {{ plain }} and rates.attribute = mitigated.mitigated_by and rates.metric = 'recall' then rates.value end)
    - min(case when {{ plain }} and rates.attribute = mitigated.mitigated_by and rates.metric = 'recall' then rates.value end)
        as recall_gap_{{ name }}{{ ',' if not loop.last }}
    {% endfor -%}
from mitigated
inner join rates
    on
        mitigated.outcome = rates.outcome
        and mitigated.model_group = rates.model_group
        and mitigated.test_as_of_date = rates.test_as_of_date
        and (rates.is_plain or mitigated.list_rule = rates.list_rule)
group by mitigated.outcome, mitigated.model_group, mitigated.test_as_of_date, mitigated.list_rule
