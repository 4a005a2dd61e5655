-- The selected model and the counts beside the threshold system, all test dates together, at equal list size:
-- eis warehouse psql -f docs/queries/thresholds.sql
select
    outcome,
    model_group,
    is_selected,
    list_kind,
    round(cast(list_size as numeric)) as list_size,
    round(cast(found as numeric), 1) as found,
    round(cast(found_by_thresholds as numeric), 1) as by_thresholds,
    round(cast(more_found as numeric), 1) as more,
    round(cast(more_found_low as numeric), 1) as more_low,
    round(cast(more_found_high as numeric), 1) as more_high,
    round(cast(100 * more_found_share as numeric)) as more_found_pct,
    round(cast(100 * fewer_false_share as numeric)) as fewer_false_pct
from monitoring.threshold_comparison
where test_as_of_date is null and (is_selected or is_baseline)
order by outcome, list_kind, more_found desc;
