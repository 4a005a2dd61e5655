"""The whole line on a small demo department: what a run says and leaves behind, and that a second one adds nothing."""

import csv
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
from dagster import deserialize_value
from dagster._core.events.log import EventLogEntry
from invariants import INTERFACES, INVARIANTS, count_breaches, count_repeated_keys
from place import Built
from sklearn.metrics import roc_auc_score
from time_travel import open_copy

from eis.bi.metrics import PYTHON, link_project, metrics_command, metrics_environment
from eis.run import STAGES
from eis.settings import PROJECT
from eis.validation import load_suites

pytestmark = pytest.mark.slow

APPEND_ONLY = (
    "ml.models",
    "ml.predictions",
    "ml.evaluations",
    "ml.selections",
    "ml.scores",
    "ml.fairness_audits",
    "ml.threshold_comparisons",
    "ml.list_rules",
    "ml.reports",
    "ml.refits",
    "ml.explanations",
    "ml.reasons",
    "ml.alternatives",
    "ml.reason_stability",
    "ml.rank_intervals",
    "ml.list_certainty",
    "ml.feature_drift",
    "ml.challengers",
    "ml.shadow_scores",
)
CLOSED_TO_BI = ("raw", "quarantine", "staging", "core", "events", "features", "labels", "ml", "explanations")


class TestRun:
    def test_every_stage_is_told_with_its_time(self, demo: Built) -> None:
        lines = demo.output.splitlines()
        for words in STAGES.values():
            [line] = [line for line in lines if line.startswith(f"done {words} ")]
            assert line.endswith(" s")

    def test_summary_says_what_was_found_and_where_it_is(self, demo: Built) -> None:
        extent = "select min(as_of_date), max(as_of_date), min(known_on), max(known_on) from {}"
        first, last, *_ = demo.place.query(extent.format("features.officer_cohort, events.officer_events"))[0]
        for words in (
            f"as-of dates from {first} to {last}",
            "Events from 20",
            "scores.officer_scores",
            "scores.current_officer_scores",
            demo.place.run("warehouse", "status").stdout.split(": ")[1].strip(),  # the address for BI tools
            "eis warehouse url --bi",
            "make up",
        ):
            assert words in demo.output

    def test_summary_shows_what_was_selected_and_a_baseline_of_each_outcome(self, demo: Built) -> None:
        chosen = demo.place.query("select distinct outcome from ml.selections")
        assert {outcome for (outcome,) in chosen} == set(demo.place.configuration.backtest.test_dates)
        baselines = {group for (group,) in demo.place.query("select model_group from ml.models where is_baseline")}
        shown = {tuple(line.split()[:2]) for line in demo.output.splitlines() if len(line.split()) == 5}
        for (outcome,) in chosen:
            assert (outcome, "selected") in shown
            assert {(outcome, baseline) for baseline in baselines} & shown

    def test_the_report_of_the_backtest_names_every_group_and_choice(self, demo: Built) -> None:
        done = demo.place.run("report", "backtest")
        assert done.returncode == 0, done.stdout
        groups = {
            group for (group,) in demo.place.query("select distinct model_group from monitoring.model_comparison")
        }
        for outcome in demo.place.configuration.backtest.test_dates:
            part = done.stdout.partition(f"### {outcome}\n")[2].partition("###")[0]
            assert {group for group in groups if f"| {group} |" in part} == groups
            for date, group in demo.place.query(
                "select decided_on, model_group from monitoring.selection_steps where outcome = %s and is_test_date",
                [outcome],
            ):
                assert f"{date}: {group}" in part

    def test_no_secret_is_told(self, demo: Built) -> None:
        [password] = demo.place.home.glob("postgres/*.password")
        secret = password.read_text()
        assert secret not in demo.output
        logs = [
            path for path in demo.place.home.glob("demo/**/*") if path.is_file() and path.suffix in (".log", ".json")
        ]
        assert logs
        assert [path.name for path in logs if secret in path.read_text(errors="replace")] == []

    def test_second_run_changes_nothing(self, demo: Built) -> None:
        tables = (*APPEND_ONLY, "monitoring.validation_results", "features.officer_features", "scores.officer_scores")

        def look() -> dict[str, object]:
            seen: dict[str, object] = {table: demo.place.number(f"select count(*) from {table}") for table in tables}
            seen["scored_at"] = demo.place.number("select array_agg(distinct scored_at) from scores.officer_scores")
            seen["files"] = demo.place.query(
                "select relname, relfilenode from pg_class join pg_namespace on pg_namespace.oid = relnamespace"
                " where nspname in ('core', 'events', 'features', 'labels', 'scores') order by 1, 2"
            )
            return seen

        before = look()
        done = demo.place.run("run")
        assert done.returncode == 0, done.stdout
        assert look() == before


class TestTables:
    @pytest.mark.parametrize("table", INTERFACES)
    def test_interface_has_its_columns_and_its_key(self, demo: Built, table: str) -> None:
        assert demo.place.number(f"select count(*) from {table}") > 0
        assert count_repeated_keys(demo.place, table) == 0

    @pytest.mark.parametrize("invariant", INVARIANTS)
    def test_invariant(self, demo: Built, invariant: str) -> None:
        assert count_breaches(demo.place, INVARIANTS[invariant]) == 0

    def test_metrics_are_those_of_the_kept_predictions(self, demo: Built) -> None:
        """Computed again, from the tables alone, by somebody else."""
        models = demo.place.query(
            """
            select metrics.value, array_agg(label_value order by officer_id), array_agg(score order by officer_id)
            from monitoring.backtest_metrics as metrics
            inner join ml.models using (outcome, model_group, test_as_of_date)
            inner join ml.predictions using (model_id, outcome)
            inner join labels.officer_labels using (officer_id, as_of_date, outcome)
            where metrics.metric = 'auc' and officer_labels.horizon_months = %s
            group by models.model_id, metrics.value
            """,
            [demo.place.configuration.backtest.horizon_months],
        )
        assert len(models) == demo.place.number("select count(*) from ml.models where role = 'test' and variation = ''")
        for auc, labels, scores in models:
            assert auc == pytest.approx(roc_auc_score(labels, scores), abs=1e-9)

    def test_every_rule_of_every_suite_was_checked(self, demo: Built) -> None:
        folders = [PROJECT / "expectations" / name for name in ("core", "demo")]
        suites = [suite for folder in folders for suite in load_suites(folder)]
        kept = demo.place.query(
            "select schema_name || '.' || table_name, count(distinct rule_number)"
            " from monitoring.validation_results group by 1"
        )
        assert dict(kept) == {suite.table: len(suite.rules) for suite in suites}

    def test_rows_moved_aside_are_kept_with_their_rule(self, demo: Built) -> None:
        counted = demo.place.number("select sum(quarantined_count) from monitoring.validation_results")
        tables = demo.place.query("select relname from pg_class where relnamespace = 'quarantine'::regnamespace")
        kept = sum(demo.place.number(f"select count(*) from quarantine.{table}") for (table,) in tables)
        assert kept > 0
        assert kept == counted


class TestInDagster:
    @pytest.fixture(scope="class")
    def told(self, demo: Built) -> dict[tuple[str, ...], Mapping[str, Any]]:
        """What Dagster keeps of each table that dbt built last, by schema and name."""
        built = demo.place.query(
            "select event from dagster.event_logs where dagster_event_type = 'ASSET_MATERIALIZATION'"
            " and event like '%dagster/column_schema%' order by id"
        )
        events = [deserialize_value(event, EventLogEntry).asset_materialization for (event,) in built]
        return {tuple(event.asset_key.path): event.metadata for event in events if event}

    def test_every_table_of_dbt_has_its_columns(
        self, demo: Built, told: dict[tuple[str, ...], Mapping[str, Any]]
    ) -> None:
        manifest = json.loads((demo.place.settings.state / "target" / "manifest.json").read_text(encoding="utf-8"))
        models = {(n["schema"], n["alias"]) for n in manifest["nodes"].values() if n["resource_type"] == "model"}
        assert set(told) == models
        columns: dict[tuple[str, ...], list[str]] = {}
        for schema, table, column in demo.place.query(
            "select table_schema, table_name, column_name from information_schema.columns order by ordinal_position"
        ):
            columns.setdefault((schema, table), []).append(column)
        for table, metadata in told.items():
            assert [column.name for column in metadata["dagster/column_schema"].schema.columns] == columns[table]

    def test_a_published_column_is_followed_back_to_a_delivered_one(
        self, told: dict[tuple[str, ...], Mapping[str, Any]]
    ) -> None:
        def follow(table: tuple[str, ...], column: str) -> set[tuple[tuple[str, ...], str]]:
            if table not in told:
                return {(table, column)}
            sources = told[table]["dagster/column_lineage"].value.deps_by_column[column]
            return {end for source in sources for end in follow(tuple(source.asset_key.path), source.column_name)}

        assert follow(("core", "complaints"), "complaint_id") == {(("raw", "ia_allegations"), "complaint_number")}
        assert follow(("scores", "current_officer_scores"), "score") == {(("governance", "published_scores"), "score")}
        assert follow(("features", "officer_features"), "force_subject_injured_12m") == {
            (("raw", "rms_force_reports"), "subject_injured")
        }

    def test_a_run_of_the_command_line_is_one_of_its_job_in_the_ui(self, demo: Built) -> None:
        assert demo.place.number(
            "select count(*) from dagster.runs join dagster.run_tags using (run_id)"
            " where pipeline_name = 'whole_line' and key = '.dagster/repository' and value = '__repository__@demo'"
        )


class TestReports:
    def test_command_tells_where_each_page_is(self, demo: Built) -> None:
        done = demo.place.run("report", "model")
        assert done.returncode == 0, done.stdout
        paths = [Path(line) for line in done.stdout.split()]
        assert [path.stem for path in paths] == list(demo.place.configuration.backtest.test_dates)
        for path in paths:
            kept = demo.place.query(
                "select content from ml.reports where outcome = %s order by written_at desc limit 1", [path.stem]
            )
            assert [(path.read_text(encoding="utf-8"),)] == kept

    def test_unknown_outcome_is_told_with_those_that_are_known(self, demo: Built) -> None:
        done = demo.place.run("report", "model", "--outcome", "rudeness")
        assert done.returncode == 1
        assert "No model predicts 'rudeness'" in done.stdout
        assert "complaint" in done.stdout


class TestBusinessIntelligence:
    @pytest.fixture
    def bi(self, demo: Built) -> Iterator[psycopg.Connection]:
        """As a BI tool connects: with the URL that the command prints."""
        url = demo.place.run("warehouse", "url", "--bi").stdout.strip()
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection

    @pytest.mark.parametrize(
        "table", ["scores.current_officer_scores", "monitoring.backtest_metrics", "monitoring.fairness_audit"]
    )
    def test_reads_what_is_published(self, bi: psycopg.Connection, table: str) -> None:
        assert bi.execute(f"select * from {table} limit 1").fetchone()

    def test_reads_nothing_else(self, demo: Built, bi: psycopg.Connection) -> None:
        tables = demo.place.query(
            "select relnamespace::regnamespace || '.' || quote_ident(relname), relnamespace::regnamespace::text"
            " from pg_class where relkind in ('r', 'v', 'm') and relnamespace::regnamespace::text = any(%s)",
            [list(CLOSED_TO_BI)],
        )
        assert {schema for _, schema in tables} == set(CLOSED_TO_BI)
        for table, _ in tables:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                bi.execute(f"select from {table} limit 1")

    @pytest.mark.parametrize(
        "statement",
        [
            "update governance.published_scores set score = 0",
            "delete from governance.published_scores",
            "truncate governance.published_scores",
            "select * from scores.visible_officer_scores",
            "select from governance.audit_log",
            "insert into monitoring.backtest_metrics (outcome) values ('x')",
            "drop view scores.current_officer_scores",
            "create table scores.mine (x int)",
            "create table public.mine (x int)",
            "create temporary table mine (x int)",
            "create schema mine",
            "set role eis",
            "select pg_read_file('postgresql.conf')",
            "copy (select 1) to program 'true'",
        ],
    )
    def test_changes_nothing(self, bi: psycopg.Connection, statement: str) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            bi.execute(statement)


DATABASE = "eis_metrics"

# What a first run has not got: a second list of the same date, a withdrawn one, reviews, alerts, decided windows.
PLANTED = """
set session_replication_role = replica;

create temporary table decisions as select * from governance.publication_decisions where outcome = 'complaint';
update decisions set decision_no = decision_no + 100;
insert into governance.publication_decisions overriding system value table decisions;
create temporary table lists as select * from governance.published_lists where outcome = 'complaint';
update lists set list_id = list_id + 100, n_on_list = 7;
insert into governance.published_lists table lists;
insert into governance.published_scores
select list_id + 100, officer_id, unit_id, score, percentile, rank, rank <= 7
from governance.published_scores where list_id in (select list_id - 100 from lists);
insert into governance.withdrawals (list_id, withdrawn_by, reason)
select list_id, 'eis_bob', 'A test of metrics' from governance.published_lists where outcome = 'unjustified_force';

update governance.published_lists set review_due_on = governance.today() - 1 where review_due_on is not null;
insert into governance.reviews (list_id, officer_id, agrees, action, why_none, reviewed_by, reviewed_on)
select
    list_id, officer_id, rank % 2 = 0, case when rank % 3 = 0 then 'training' else 'none' end,
    case when rank % 3 > 0 then 'known' end, 'eis_bob', review_due_on + (rank % 4 = 0)::integer
from scores.officer_scores
where review_due_on is not null and rank <= 20;

insert into governance.alerts
    (signal, subject, as_of_date, value, bound, finding, opened_on, owner, due_on, policy_version)
select signal, 'complaint', today, 1, 0, 'A test of metrics', today, 'eis_bob', today + days_left, policy_version
from
    (values ('list_churn', -1), ('list_churn', 3), ('score_drift', -1)) as opened (signal, days_left),
    (select governance.today() as today, max(policy_version) as policy_version from governance.policy) as now;
insert into governance.alert_closures (alert_id, closed_on, closed_by, reason)
select alert_id, governance.today(), 'eis_bob', 'A test of metrics' from governance.alerts where signal = 'score_drift';

update monitoring.realised_performance
set is_mature = outcome <> 'sustained_complaint', n_positive = 40 - list_id, n_found = 20 + list_id, n_expected = 30;
"""

HOLDS = "from scores.officer_scores where list_status <> 'withdrawn'"
REVIEWED = "from governance.due_reviews where review_no is not null"
DECIDED = "from monitoring.realised_performance where is_models_horizon and is_mature"
REPLAYED = "from monitoring.backtest_metrics where is_selected"
CALIBRATED = "from monitoring.calibration_curve where is_selected"

# The same figures from the tables that know them first, by outcome.
BY_OUTCOME = {
    "officers_listed": f"count(*) filter (where is_on_list) {HOLDS}",
    "share_of_cohort_listed": f"avg(is_on_list::integer) {HOLDS}",
    "share_of_capacity_used": f"count(*) filter (where is_on_list) / 50.0 {HOLDS}",
    "reviews_wanted": "count(*) from governance.due_reviews",
    "reviews_overdue": "count(*) filter (where status = 'overdue') from governance.due_reviews",
    "adoption_rate": "count(review_no) / count(*)::float from governance.due_reviews",
    "in_time_rate": "avg((status = 'in time')::integer) from governance.due_reviews",
    "action_rate": f"avg((action <> 'none')::integer) {REVIEWED}",
    "agreement_rate": f"avg(agrees::integer) {REVIEWED}",
    "precision_of_lists": f"sum(n_found) / sum(n_listed)::float {DECIDED}",
    "recall_of_lists": f"sum(n_found) / sum(n_positive)::float {DECIDED}",
    "calibration_of_lists": f"sum(n_positive) / sum(n_expected) {DECIDED}",
    "auc_in_replay": f"avg(value) {REPLAYED} and metric = 'auc'",
    "precision_at_k": f"avg(value) {REPLAYED} and metric = 'precision'",
    "recall_at_k": f"avg(value) {REPLAYED} and metric = 'recall'",
    "calibration_in_replay": f"sum(n_positive) / sum(n_officers * mean_score) {CALIBRATED}",
}


@pytest.mark.skipif(not PYTHON.exists(), reason="MetricFlow is not installed. Run: make metrics")
class TestMetrics:
    @pytest.fixture(scope="class")
    def copy(self, demo: Built) -> Iterator[psycopg.Connection]:
        with open_copy(demo.place, DATABASE) as copy:
            copy.execute(PLANTED)
            yield copy

    def ask_copy(self, demo: Built, folder: Path, *arguments: str) -> list[Mapping[str, str]]:
        """Rows of MetricFlow's answer about the copy, which the parsed project names in each table."""
        parsed = Path("target", "semantic_manifest.json")
        (folder / parsed).parent.mkdir()
        text = (demo.place.settings.state / parsed).read_text(encoding="utf-8")
        (folder / parsed).write_text(text.replace("eis_demo", DATABASE))
        environment = metrics_environment(demo.place.settings) | {"DBT_PROJECT_DIR": str(link_project(folder))}
        done = subprocess.run(
            metrics_command(["query", "--quiet", "--csv", str(folder / "told.csv"), *arguments]),
            env=environment | {"PGDATABASE": DATABASE},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        with (folder / "told.csv").open(encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def test_every_measure_dimension_and_metric_is_valid_sql_for_the_bi_login(self, demo: Built) -> None:
        done = demo.place.run("metrics", "validate-configs")
        assert done.returncode == 0, done.stdout
        for checked in ("semantic models", "dimensions", "entities", "measures", "metrics"):
            assert f"Successfully validated {checked} against data warehouse (ERRORS: 0" in done.stdout

    def test_metrics_are_what_the_tables_say(self, demo: Built, copy: psycopg.Connection, tmp_path: Path) -> None:
        told = self.ask_copy(demo, tmp_path, "--metrics", ",".join(BY_OUTCOME), "--group-by", "outcome")
        for metric, query in BY_OUTCOME.items():
            rows = copy.execute(f"select outcome, {query} group by outcome")
            expected = {outcome: float(value) for outcome, value in rows}
            assert any(expected.values()), metric
            assert {r["outcome"]: float(r[metric]) for r in told if r[metric]} == pytest.approx(expected), metric

    def test_a_saved_query_counts_alerts(self, demo: Built, copy: psycopg.Connection, tmp_path: Path) -> None:
        told = self.ask_copy(demo, tmp_path, "--saved-query", "alerts_by_signal")
        columns = ("alert__signal", "alerts_opened", "alerts_open", "alerts_overdue")
        assert [tuple(row[column] for column in columns) for row in told] == [
            ("list_churn", "2", "2", "1"),
            ("score_drift", "1", "0", "0"),
        ]


def test_unit_tests_of_the_models_pass(demo: Built) -> None:
    done = demo.place.run("dbt", "test", "--select", "test_type:unit")
    assert done.returncode == 0, done.stdout
    assert "PASS=0 " not in done.stdout


def test_the_planner_knows_the_keys_of_families_without_waiting_for_autovacuum(demo: Built) -> None:
    with psycopg.connect(demo.place.url()) as connection:
        rows = connection.execute(
            "select relname, last_analyze from pg_stat_user_tables where schemaname = 'features'"
        ).fetchall()
    families = {name: analyzed_on for name, analyzed_on in rows if name.startswith("feat_")}
    assert families
    assert all(families.values()), families


def test_artefacts_of_the_line_are_written_for_people(demo: Built) -> None:
    state = demo.place.home / "demo"
    assert list(state.glob("gx/**/index.html")), "Great Expectations' Data Docs"
    nodes = json.loads((state / "target" / "manifest.json").read_text())["nodes"]
    assert nodes["model.eis.officer_scores.v1"]["description"]
