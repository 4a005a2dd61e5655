"""Governance on the finished demo line: what a run leaves behind, what the UI shows of a refusal, what people see."""

import json
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import dagster as dg
import psycopg
import pytest
from place import Built, Place
from psycopg.types.json import Jsonb

from dagster_project.assembly import assemble
from dagster_project.automation import WHOLE_LINE
from dagster_project.defs.governance import DECISIONS
from dagster_project.line import Line, open_line
from eis.errors import EisError
from eis.governance import publication
from eis.governance.policy import Policy, load_policy
from eis.settings import Settings

pytestmark = pytest.mark.slow

REASON = "A test of the finished line"
CURRENT = "select * from scores.current_officer_scores order by outcome, officer_id"
ROSTER = """
select supervisor_id
from core.assignments
cross join (select max(as_of_date) as today from features.as_of_dates) as clock
where valid_from <= today and (valid_to is null or valid_to > today) and known_on <= today and supervisor_id is not null
group by 1
order by count(*), 1
"""
HELD = ("core.officers", "features.officer_features", "labels.officer_labels", "governance.published_scores")


@pytest.fixture
def demanding(demo: Built) -> Iterator[Policy]:
    """A policy that no model meets; afterwards the own one is in force again, and what it allows is published."""
    original = load_policy(demo.place.settings)
    performance = original.publication.performance.model_copy(update={"min_ratio_to_best_baseline": 100.0})
    yield original.model_copy(
        update={"publication": original.publication.model_copy(update={"performance": performance})}
    )
    with psycopg.connect(demo.place.url(), autocommit=True) as connection:
        publication.load_policy(connection, original, "demo", demo.place.configuration.timezone)
        publication.decide_all(connection)


def enrol(place: Place, login: str, role: str) -> str:
    """A person's own connection, as the command prints it."""
    made = place.run("access", "add", login, "--role", role)
    assert made.returncode == 0, made.stdout
    return made.stdout.strip().removeprefix("EIS_USER_URL=")


class TestRun:
    def test_summary_says_what_was_approved_by_whom_and_until_when_lists_are_valid(self, demo: Built) -> None:
        lists = demo.place.query("select outcome, valid_until, approved_by, approval from scores.published_lists")
        assert {outcome for outcome, *_ in lists} == set(demo.place.configuration.backtest.test_dates)
        for outcome, valid_until, by, approval in lists:
            [line] = [line for line in demo.output.splitlines() if "current" in line and line.split()[0] == outcome]
            assert f"{valid_until}" in line
            assert f"{by} ({approval})" in line

    def test_every_score_says_how_it_came_to_be_and_on_which_clock(self, demo: Built) -> None:
        assert demo.place.query(
            "select distinct approval, approved_by, clock, valid_until - as_of_date from scores.current_officer_scores"
        ) == [("automatic", "eis", "data", load_policy(demo.place.settings).lists.lifetime_days)]

    def test_audit_log_is_whole_and_tells_of_policy_approvals_and_lists(self, demo: Built) -> None:
        done = demo.place.run("audit", "verify")
        assert done.returncode == 0, done.stdout
        told = demo.place.query("select distinct action, content ->> 'outcome' from governance.audit_log")
        outcomes = set(demo.place.configuration.backtest.test_dates)
        assert ("policy_loaded", None) in told
        for action in ("model_approved", "list_published"):
            assert {outcome for what, outcome in told if what == action} == outcomes

    def test_a_policy_that_does_not_parse_stops_the_run_before_it_begins(self, demo: Built, tmp_path: Path) -> None:
        folder = Settings(department="demo").department_folder
        for name in ("department.yml", "policy.yml"):
            text = (folder / name).read_text().replace("capacity: 50", "capacity: fifty")
            (tmp_path / name).write_text(text)
        with (
            patch.object(Settings, "department_folder", tmp_path),
            pytest.raises(EisError, match=r"policy\.yml is not valid:\n  line \d+: lists\.capacity: "),
        ):
            open_line(demo.place.settings)


class TestRefusal:
    def test_is_a_failed_check_of_a_run_that_succeeds_and_leaves_the_list(self, demo: Built, demanding: Policy) -> None:
        """One outcome is scored anew, and its model is not good enough for the policy that is in force by now."""
        current = demo.place.query(CURRENT)
        with psycopg.connect(demo.place.url()) as connection:
            copy_scoring(connection, "adverse")
        line = Line(demo.place.settings)
        line.__dict__["policy"] = demanding
        result = run_governance(line)
        assert result.success
        verdicts = {
            check.check_name: check
            for check in (
                event.asset_check_evaluation_data
                for event in result.all_events
                if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION
            )
            if check.asset_key == DECISIONS
        }
        assert {name for name, check in verdicts.items() if not check.passed} == {"adverse_is_published"}
        assert verdicts["adverse_is_published"].severity == dg.AssetCheckSeverity.ERROR
        assert "the policy asks for 100 of it" in str(verdicts["adverse_is_published"].description)
        assert demo.place.query(CURRENT) == current
        shown = demo.place.run("scores", "status").stdout
        assert "adverse: the latest scores were refused. Backtest lift 5%" in shown


def run_governance(line: Line) -> dg.ExecuteInProcessResult:
    """The assets of governance with their checks, as a run from the UI would do them."""
    with patch.dict("os.environ", line.warehouse.environment()), dg.DagsterInstance.ephemeral() as instance:
        job = assemble(line).resolve_job_def(WHOLE_LINE)
        keys = [key for key in job.asset_layer.executable_asset_keys if key.path[0] == "governance"]
        return job.execute_in_process(asset_selection=keys, instance=instance, raise_on_error=False)


def copy_scoring(connection: psycopg.Connection, outcome: str) -> None:
    """What scoring the same cohort once more leaves in schema ml."""
    [stamp] = connection.execute("select clock_timestamp()").fetchone() or [None]
    for table, stamps in {"scores": ["scored_at"], "list_rules": ["scored_at", "drawn_up_at"]}.items():
        connection.execute(
            f"insert into ml.{table} select (jsonb_populate_record(latest, %s)).* from ml.{table} as latest"
            f" where outcome = %s and scored_at = (select max(scored_at) from ml.{table} where outcome = %s)",
            [Jsonb({name: stamp.isoformat() for name in stamps}), outcome, outcome],
        )
    connection.execute(
        "insert into ml.list_members select as_of_date, outcome, %s, %s, officer_id from ml.list_members"
        " where outcome = %s and scored_at = (select max(scored_at) from ml.list_members where outcome = %s)",
        [stamp, stamp, outcome, outcome],
    )


class TestPeople:
    def test_supervisor_reads_the_units_of_the_roster_and_an_auditor_sees_that(self, demo: Built) -> None:
        place = demo.place
        [supervisor], *_ = place.query(ROSTER)
        url = enrol(place, "eis_sgt", "eis_supervisor")
        given = place.run("access", "units", "eis_sgt", "--officer", supervisor)
        assert given.returncode == 0, given.stdout
        units = {unit for (unit,) in place.query("select unit_id from governance.supervisor_units")}
        with psycopg.connect(url, autocommit=True) as person:
            seen = person.execute("select distinct officer_id, unit_id from scores.visible_officer_scores").fetchall()
            assert {unit for _, unit in seen} <= units
            for table in ("scores.current_officer_scores", "features.officer_features", "core.officers", "ml.scores"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    person.execute(f"select from {table} limit 1")
        assert 0 < len(seen) < place.number("select count(distinct officer_id) from scores.current_officer_scores")
        with psycopg.connect(enrol(place, "eis_aud", "eis_auditor"), autocommit=True) as auditor:
            reads = auditor.execute("select officer_id from governance.score_reads where login = 'eis_sgt'").fetchall()
        assert {officer for (officer,) in reads} == {officer for officer, _ in seen}

    def test_an_officers_record_is_exported_whole(self, demo: Built) -> None:
        place = demo.place
        [officer], *_ = place.query("select officer_id from scores.current_officer_scores order by rank, officer_id")
        url = enrol(place, "eis_aud", "eis_auditor")
        with patch.object(Place, "environment", place.environment | {"EIS_USER_URL": url}):
            done = place.run("officer", "export", officer, "--reason", REASON)
        assert done.returncode == 0, done.stdout
        everything = json.loads(done.stdout)
        for table in (
            "core.officers",
            "features.feat_force",
            "labels.officer_labels",
            "governance.published_scores",
        ):
            assert len(everything[table]) == place.number(
                f"select count(*) from {table} where officer_id = %s", [officer]
            )
