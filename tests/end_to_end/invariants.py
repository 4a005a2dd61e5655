"""What holds in every finished line, whatever the department: a query each, which finds the rows that break it.

Only their number is ever shown: with a real department's data no test prints a row.
"""

from collections.abc import Mapping
from typing import Any

from place import Place
from psycopg.types.json import Jsonb

from eis.governance.policy import load_policy

# The tables that others rely on: columns that they have at least, and their key.
INTERFACES: Mapping[str, tuple[str, str]] = {
    "ml.models": ("model_id, model_group, outcome, is_baseline, train_end_date", "model_id"),
    "ml.predictions": (
        "model_id, officer_id, as_of_date, outcome, score, rank",
        "model_id, officer_id, as_of_date",
    ),
    "monitoring.backtest_metrics": (
        "outcome, model_group, is_baseline, test_as_of_date, metric, parameter, value, n_cohort, n_positive",
        "outcome, model_group, test_as_of_date, metric, parameter",
    ),
    "features.officer_cohort": ("officer_id, as_of_date", "officer_id, as_of_date"),
    "features.officer_features": ("officer_id, as_of_date", "officer_id, as_of_date"),
    "labels.officer_labels": (
        "officer_id, as_of_date, outcome, horizon_months, label_value, label_status, known_on",
        "officer_id, as_of_date, outcome, horizon_months",
    ),
    "features.feature_catalog": ("feature_name, family, label, window_months, null_rule", "feature_name"),
    "scores.officer_scores": (
        "officer_id, as_of_date, outcome, score, rank, percentile, is_on_list, model_id, scored_at, approval",
        "officer_id, as_of_date, outcome",
    ),
    "scores.current_officer_scores": (
        "officer_id, as_of_date, outcome, score, rank, percentile, is_on_list, model_id, scored_at, approval",
        "officer_id, outcome",
    ),
}

DIFFERENCE = "(({a}) except all ({b})) union all (({b}) except all ({a}))"

FEATURE_COLUMNS = """
select column_name::text as feature_name
from information_schema.columns
where table_schema = 'features' and table_name = 'officer_features' and column_name not in ('officer_id', 'as_of_date')
"""

INVARIANTS: Mapping[str, str] = {
    "every table and column that BI reads says in PostgreSQL what it is": """
        select
        from pg_class as relation
        left join pg_attribute as attribute
            on relation.oid = attribute.attrelid and attribute.attnum > 0 and not attribute.attisdropped
        where
            relation.relnamespace in ('scores'::regnamespace, 'monitoring'::regnamespace)
            and relation.relkind in ('r', 'v', 'm', 'p')
            and (
                obj_description(relation.oid, 'pg_class') is null
                or col_description(relation.oid, attribute.attnum) is null
            )
    """,
    "features and cohort have the same rows": DIFFERENCE.format(
        a="select officer_id, as_of_date from features.officer_features",
        b="select officer_id, as_of_date from features.officer_cohort",
    ),
    "every officer of the cohort has a label for each outcome and horizon": DIFFERENCE.format(
        a="select officer_id, as_of_date, outcome, horizon_months from labels.officer_labels",
        b="""
            select officer_id, as_of_date, outcome, horizon_months
            from
                features.officer_cohort,
                unnest(cast(%(outcomes)s as text[])) as outcome,
                unnest(cast(%(horizons)s as integer[])) as horizon_months
        """,
    ),
    "what happened within the shorter horizon happened within the longer": """
        select
        from labels.officer_labels as shorter
        inner join labels.officer_labels as longer using (officer_id, as_of_date, outcome)
        where
            shorter.horizon_months < longer.horizon_months
            and (
                shorter.n_events > longer.n_events
                or (shorter.label_status = 'positive' and longer.label_status <> 'positive')
            )
    """,
    "a label is pending exactly when it has no value": """
        select from labels.officer_labels where (label_status = 'pending') <> (label_value is null)
    """,
    "a model learns from windows that are over when it predicts": """
        select from ml.models
        where train_end_date + make_interval(months => horizon_months) > trained_on or trained_on > predict_as_of_date
    """,
    "every outcome is replayed at its test dates": DIFFERENCE.format(
        a="select distinct outcome, test_as_of_date from ml.models where role = 'test' and variation = ''",
        b="""
            select declared.key as outcome, cast(day as date)
            from jsonb_each(%(test_dates)s) as declared, jsonb_array_elements_text(declared.value) as day
        """,
    ),
    "every group is replayed at every test date": DIFFERENCE.format(
        a="select outcome, test_as_of_date, model_group from ml.models where role = 'test' and variation = ''",
        b="""
            select outcome, test_as_of_date, model_group
            from (select distinct outcome, test_as_of_date from ml.models where role = 'test') as dates
            cross join (select distinct model_group from ml.models where role = 'test' and variation = '') as groups
        """,
    ),
    "a model predicts exactly the cohort of its test date": DIFFERENCE.format(
        a="select model_id, outcome, officer_id, as_of_date from ml.predictions",
        b="""
            select models.model_id, models.outcome, cohort.officer_id, cohort.as_of_date
            from ml.models inner join features.officer_cohort as cohort on models.test_as_of_date = cohort.as_of_date
        """,
    ),
    "predictions are ranked by score, without gap or tie": """
        select
        from (
            select
                rank,
                score,
                row_number() over models as place,
                lag(score) over models as score_before
            from ml.predictions
            window models as (partition by model_id order by rank)
        ) as ranked
        where rank <> place or score > score_before
    """,
    "every metric is there for every outcome, test date and group": DIFFERENCE.format(
        a="select outcome, model_group, test_as_of_date, metric, parameter from monitoring.backtest_metrics",
        b="""
            select outcome, model_group, test_as_of_date, metric, parameter
            from ml.models
            cross join (
                select metric, '' as parameter from unnest(array['auc', 'average_precision', 'brier']) as metric
                union all
                select metric, parameter
                from
                    unnest(array['precision', 'recall', 'lift', 'by_lot']) as metric,
                    unnest(cast(%(parameters)s as text[])) as parameter
            ) as wanted
            where
                role = 'test'
                and variation = ''
                and (metric <> 'brier' or not is_baseline or model_group = 'base_rate')
        """,
    ),
    "metrics count the cohort and its labels": """
        select
        from monitoring.backtest_metrics as metrics
        left join (
            select outcome, as_of_date, count(*) as n_cohort, sum(label_value) as n_positive
            from labels.officer_labels
            where horizon_months = %(horizon)s
            group by 1, 2
        ) as labels on metrics.outcome = labels.outcome and metrics.test_as_of_date = labels.as_of_date
        where
            metrics.n_cohort is distinct from labels.n_cohort
            or metrics.n_positive is distinct from labels.n_positive
    """,
    "metrics are shares, except lift": """
        select from monitoring.backtest_metrics
        where
            value < 0
            or (metric not in ('lift', 'by_lot') and value > 1)
            or value = 'NaN'
            or lower > upper
    """,
    "the latest cohort is scored for every outcome, and nobody else": DIFFERENCE.format(
        a="select officer_id, as_of_date, outcome from scores.officer_scores",
        b="""
            select officer_id, as_of_date, outcome
            from features.officer_cohort, unnest(cast(%(tested)s as text[])) as outcome
            where as_of_date = (select max(as_of_date) from features.officer_cohort)
        """,
    ),
    "published scores are risks, ranked without gap or tie, with a list of the declared size": """
        select
        from (
            select
                *,
                row_number() over lists as place,
                count(*) over (partition by outcome, as_of_date) as n,
                lag(score) over lists as score_before
            from scores.officer_scores
            window lists as (partition by outcome, as_of_date order by rank)
        ) as ranked
        where
            score not between 0 and 1
            or rank <> place
            or score > score_before
            or is_on_list <> (place <= least(n, %(capacity)s))
            or percentile not between 0 and 1
            or abs(percentile - (n - rank) / n::float) > 1e-9
            or valid_until <= as_of_date
            or approval not in ('manual', 'automatic')
    """,
    "published scores are those of the selected model": """
        select
        from scores.officer_scores as scores
        left join ml.models on scores.model_id = models.model_id and models.test_as_of_date is null
        left join (
            select distinct on (outcome) outcome, model_group from ml.selections order by outcome, selected_at desc
        ) as selected on models.outcome = selected.outcome and models.model_group = selected.model_group
        where selected.model_group is null or scores.outcome <> models.outcome
    """,
    "current scores are those of the latest as-of date": DIFFERENCE.format(
        a="select * from scores.current_officer_scores",
        b="""
            select * from scores.officer_scores
            where as_of_date = (select max(as_of_date) from scores.officer_scores)
        """,
    ),
    "every list of the backtest is audited, at each test date and over all of them": DIFFERENCE.format(
        a="""
            select distinct outcome, model_group, test_as_of_date
            from monitoring.fairness_audit
            where list_rule = 'highest scores'
        """,
        b="""
            select distinct outcome, model_group, dates.test_as_of_date
            from ml.models
            cross join lateral (values (models.test_as_of_date), (null)) as dates (test_as_of_date)
            where role = 'test' and variation = ''
        """,
    ),
    "audited rates are shares within their intervals, or say why there is none": """
        select
        from monitoring.fairness_audit
        where
            (value is null) <> (suppressed_because is not null)
            or (metric <> 'observed_over_predicted' and value not between 0 and 1)
            or value not between value_low and value_high
            or ratio not between ratio_low and ratio_high
    """,
    "groups of an attribute are the whole list": """
        select
        from monitoring.fairness_audit
        where metric = 'flag_rate' and test_as_of_date is not null
        group by outcome, model_group, test_as_of_date, list_rule, attribute
        having
            bool_and(value is not null)
            and abs(sum(value * n_officers) - least(max(list_size), sum(n_officers))) > 1e-6
    """,
    "what a model finds more than the threshold rules it flags less in vain": """
        select
        from monitoring.threshold_comparison
        where
            abs(more_found - (found - found_by_thresholds)) > 1e-9
            or abs(more_found - (false_flags_of_thresholds - false_flags)) > 1e-9
            or more_found not between more_found_low and more_found_high
            or (model_group = 'threshold_system' and more_found <> 0)
    """,
    "every outcome has a report, as it was kept": """
        select
        from unnest(cast(%(tested)s as text[])) as tested (outcome)
        left join ml.reports on tested.outcome = reports.outcome
        where reports.content is null or encode(sha256(convert_to(content, 'UTF8')), 'hex') <> sha256
    """,
    "there are current scores": "select where not exists (select from scores.current_officer_scores)",
    "catalogue and columns name the same features": DIFFERENCE.format(
        a=FEATURE_COLUMNS, b="select feature_name from features.feature_catalog where is_available"
    ),
    "what is not available says why": """
        select from features.feature_catalog where is_available <> (absence_reason is null)
    """,
    "no feature is named after a protected attribute": f"""
        select from ({FEATURE_COLUMNS}) as features
        where feature_name ~ '(^|_)(race|ethnic|ethnicity|sex|gender|age|birth|born|religion|disability|marital)(_|$)'
    """,
    "no feature is a copy of a protected attribute": """
        select
        from core.officers
        inner join features.officer_features as features on officers.officer_id = features.officer_id
        cross join lateral jsonb_each_text(to_jsonb(features)) as cell
        where
            features.as_of_date = (select max(as_of_date) from features.officer_features)
            and officers.birth_year is not null
        group by cell.key
        having bool_and(cell.value = cast(officers.birth_year as text))
            or bool_and(cell.value = cast(extract(year from features.as_of_date) - officers.birth_year as text))
    """,
    "tables and columns that people read are explained": """
        select
        from (values ('scores.officer_scores'::regclass), ('features.officer_features'::regclass)) as tables (id)
        inner join pg_attribute on pg_attribute.attrelid = tables.id and attnum > 0 and not attisdropped
        where
            coalesce(obj_description(tables.id, 'pg_class'), '') = ''
            or coalesce(col_description(tables.id, attnum), '') = ''
    """,
}


def count_breaches(place: Place, query: str) -> int:
    """Rows that break an invariant."""
    department, capacity = place.configuration, load_policy(place.settings).lists.capacity
    tested = {name: [str(day) for day in days] for name, days in department.backtest.test_dates.items()}
    parameters: dict[str, Any] = {
        "horizon": department.backtest.horizon_months,
        "horizons": department.labels.horizons_months,
        "capacity": capacity,
        "outcomes": [outcome.name for outcome in department.outcomes],
        "tested": list(tested),
        "test_dates": Jsonb(tested),
        "parameters": sorted({"100", "5%", str(capacity)}),
    }
    return int(place.number(f"select count(*) from ({query}) as breaches", parameters))


def count_repeated_keys(place: Place, table: str) -> int:
    """Keys that stand in a table twice, of rows that have all of the table's agreed columns."""
    columns, key = INTERFACES[table]
    return int(
        place.number(
            f"select count(*) from (select {key} from (select {columns} from {table}) as agreed"
            f" group by {key} having count(*) > 1) as repeated"
        )
    )
