-- What the default fairness bound would refuse, whether or not the department has one: candidates whose whole interval is beyond it, all test
-- dates together: eis warehouse psql -f docs/queries/fairness_bound.sql
select
    outcome,
    attribute,
    group_name,
    metric,
    count(*) as candidates_refused,
    string_agg(model_group, ', ' order by model_group) as candidates,
    round(cast(min(ratio) as numeric), 2) as least_ratio,
    round(cast(max(ratio) as numeric), 2) as greatest_ratio,
    round(cast(min(ratio_low) as numeric), 2) as least_low,
    round(cast(max(ratio_high) as numeric), 2) as greatest_high
from monitoring.fairness_audit
where
    test_as_of_date is null
    and list_rule = 'highest scores'
    and not is_baseline
    and attribute in ('race', 'sex')
    and ((metric = 'recall' and ratio_high < 0.8) or (metric = 'false_positive_rate' and ratio_low > 1.25))
group by outcome, attribute, group_name, metric
order by outcome, candidates_refused desc, group_name;
