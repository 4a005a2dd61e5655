"""The whole line on a small demo department: what a run says and leaves behind, and that a second one adds nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from invariants import INTERFACES, INVARIANTS, count_breaches, count_repeated_keys
from place import Built
from sklearn.metrics import roc_auc_score

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


def test_unit_tests_of_the_models_pass(demo: Built) -> None:
    done = demo.place.run("dbt", "test", "--select", "test_type:unit")
    assert done.returncode == 0, done.stdout
    assert "PASS=0 " not in done.stdout


def test_artefacts_of_the_line_are_written_for_people(demo: Built) -> None:
    state = demo.place.home / "demo"
    assert list(state.glob("gx/**/index.html")), "Great Expectations' Data Docs"
    nodes = json.loads((state / "target" / "manifest.json").read_text())["nodes"]
    assert nodes["model.eis.officer_scores.v1"]["description"]
