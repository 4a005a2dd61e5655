-- Means over the test dates, every model group of every outcome: eis warehouse psql -f docs/queries/backtest.sql
select
    outcome,
    model_group,
    is_baseline,
    count(distinct test_as_of_date) as test_dates,
    round(cast(avg(value) filter (where metric = 'auc') as numeric), 3) as auc,
    round(cast(avg(value) filter (where metric = 'precision' and parameter = '5%') as numeric), 3) as precision_5,
    round(cast(avg(value) filter (where metric = 'recall' and parameter = '5%') as numeric), 3) as recall_5,
    round(cast(avg(value) filter (where metric = 'precision' and parameter = '100') as numeric), 3) as precision_100
from monitoring.backtest_metrics
group by outcome, model_group, is_baseline
order by outcome, is_baseline, auc desc;
