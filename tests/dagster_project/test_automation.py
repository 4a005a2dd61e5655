"""Jobs, schedule and sensors: what each starts, and what it leaves alone."""

import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator  # what Dagster's daemon goes by

from dagster_project import automation, runs
from dagster_project.automation import BACKTEST, LOAD, RETRAIN, SCORE, WHOLE_LINE, begin_of_month
from dagster_project.defs.validation import CHECK
from dagster_project.line import Line
from dagster_project.runs import close_dead_runs, hold_turn
from eis.turn import Turn, find_dead

LEARNT = {
    f"ml/{table}"
    for table in (
        "experiment_models",
        "model_groups",
        "models",
        "predictions",
        "training_resamples",
        "evaluations",
        "evaluation_draws",
        "list_curves",
        "calibration_bins",
        "list_overlaps",
        "selection_evidence",
        "selections",
        "selection_steps",
        "selection_standings",
        "comparisons",
        "final_models",
    )
}


def list_assets(definitions: dg.Definitions, job: str) -> set[str]:
    return {key.to_user_string() for key in definitions.resolve_job_def(job).asset_layer.executable_asset_keys}


def start_run(instance: dg.DagsterInstance) -> str:
    """A run that Dagster believes to be under way."""
    run = instance.create_run_for_job(dg.GraphDefinition("work").to_job())
    began = dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, job_name=run.job_name)
    instance.report_dagster_event(began, run.run_id)
    return run.run_id


class TestJobs:
    def test_scoring_a_month_trains_nothing(self, definitions: dg.Definitions) -> None:
        assets = list_assets(definitions, SCORE)
        assert not assets & LEARNT
        assert {"core/officers", "features/officer_features", "ml/scores", "scores/officer_scores"} <= assets

    def test_retraining_scores_nothing(self, definitions: dg.Definitions) -> None:
        assert list_assets(definitions, RETRAIN) == {"ml/final_models"}

    def test_a_backtest_changes_no_score(self, definitions: dg.Definitions) -> None:
        assets = list_assets(definitions, BACKTEST)
        assert LEARNT - {"ml/final_models"} <= assets
        assert not [name for name in assets if name.startswith("scores/")]

    def test_loading_publishes_nothing(self, definitions: dg.Definitions) -> None:
        assert {name.split("/")[0] for name in list_assets(definitions, LOAD) if "/" in name} >= {"raw", "core"}
        assert not [name for name in list_assets(definitions, LOAD) if name.startswith(("ml/", "scores/"))]

    @pytest.mark.parametrize("job", [LOAD, SCORE, WHOLE_LINE])
    def test_no_job_passes_a_gate_by(self, definitions: dg.Definitions, job: str) -> None:
        graph = definitions.resolve_job_def(job).asset_layer.asset_graph
        gates = {key.asset_key for key in definitions.resolve_asset_graph().asset_check_keys if key.name == CHECK}
        mine = {key.asset_key for key in graph.asset_check_keys if key.name == CHECK}
        assert mine == gates & graph.executable_asset_keys
        assert mine


class TestSchedule:
    @pytest.mark.parametrize(
        ("instant", "month"),
        [
            ("2026-02-01T04:59+00:00", "2026-01-01"),  # still January in New York
            ("2026-02-01T05:00+00:00", "2026-02-01"),
            ("2026-03-08T07:30+00:00", "2026-03-01"),  # the hour that the clock jumps over
            ("2026-11-01T03:59+00:00", "2026-10-01"),
            ("2026-11-01T05:30+00:00", "2026-11-01"),  # the hour that comes twice: once in summer time
            ("2026-11-01T06:30+00:00", "2026-11-01"),  # and once in winter time
        ],
    )
    def test_the_month_is_that_of_the_department(self, instant: str, month: str) -> None:
        began = begin_of_month(dt.datetime.fromisoformat(instant), "America/New_York")
        assert began.isoformat() == month

    @pytest.mark.parametrize(
        ("score_on", "from_", "ticks"),
        [
            # In the night of 8 March 2026 the hour of the schedule is jumped over, on 1 November it comes twice.
            (
                "30 2 8 * *",
                "2026-02-01",
                ["2026-02-08T02:30-05:00", "2026-03-08T03:00-04:00", "2026-04-08T02:30-04:00"],
            ),
            (
                "30 1 1 * *",
                "2026-10-01",
                ["2026-10-01T01:30-04:00", "2026-11-01T01:30-05:00", "2026-12-01T01:30-05:00"],
            ),
            ("0 6 2 * *", "2026-03-01", ["2026-03-02T06:00-05:00", "2026-04-02T06:00-04:00", "2026-05-02T06:00-04:00"]),
        ],
    )
    def test_each_month_has_one_tick_whatever_the_clocks_do(
        self, line: Line, score_on: str, from_: str, ticks: list[str]
    ) -> None:
        operations = line.department.operations.model_copy(update={"score_on": score_on})
        update = {"operations": operations, "timezone": "America/New_York"}
        [schedule] = automation.define_schedules(line.department.model_copy(update=update))
        began = dt.datetime.fromisoformat(from_).replace(tzinfo=ZoneInfo("America/New_York"))
        coming = schedule_execution_time_iterator(
            began.timestamp(), schedule.cron_schedule, schedule.execution_timezone
        )
        found = list(islice(coming, 3))
        assert [tick.isoformat(timespec="minutes") for tick in found] == ticks
        assert [begin_of_month(tick, "America/New_York").isoformat()[:7] for tick in found] == [t[:7] for t in ticks]

    def test_a_month_is_asked_for_once(self, line: Line, definitions: dg.Definitions) -> None:
        last = line.department.calendar.last_as_of
        request = self.tick(line, definitions, dt.datetime.combine(last, dt.time(12), dt.UTC))
        assert (request.partition_key, request.run_key) == (last.isoformat(), last.isoformat())

    def test_after_the_calendar_it_says_why_nothing_runs(self, line: Line, definitions: dg.Definitions) -> None:
        skipped = self.tick(line, definitions, dt.datetime(2030, 5, 2, 12, tzinfo=dt.UTC))
        assert f"ends at {line.department.calendar.last_as_of}" in skipped.skip_message

    def test_it_is_on_only_where_the_department_says_when(self, line: Line) -> None:
        [off] = automation.define_schedules(line.department)
        monthly = line.department.operations.model_copy(update={"score_on": "30 5 3 * *"})
        [on] = automation.define_schedules(line.department.model_copy(update={"operations": monthly}))
        assert off.default_status == dg.DefaultScheduleStatus.STOPPED
        assert (on.default_status, on.cron_schedule) == (dg.DefaultScheduleStatus.RUNNING, "30 5 3 * *")
        assert on.execution_timezone == line.department.timezone

    def tick(self, line: Line, definitions: dg.Definitions, instant: dt.datetime) -> Any:
        schedule = definitions.get_schedule_def("monthly_scoring")
        return schedule(dg.build_schedule_context(scheduled_execution_time=instant))


class TestNewFiles:
    @pytest.fixture
    def line_with_files(self, line: Line, tmp_path: Path) -> Line:
        for table in line.department.raw_tables.values():
            (tmp_path / table.file).write_bytes(b"something")
        settings = line.settings.model_copy(update={"raw_path": tmp_path})
        return Line(settings)

    def tick(self, line: Line, cursor: str | None, instance: dg.DagsterInstance | None = None) -> dg.SensorResult:
        [sensor, _] = automation.define_sensors(line)
        with ExitStack() as stack:
            instance = instance or stack.enter_context(dg.DagsterInstance.ephemeral())
            return sensor(dg.build_sensor_context(instance, cursor))

    def test_a_delivery_is_loaded_once_it_is_whole(self, line_with_files: Line) -> None:
        first = self.tick(line_with_files, None)
        assert not first.run_requests
        assert "May still be coming" in first.skip_reason.skip_message
        second = self.tick(line_with_files, first.cursor)
        [request] = second.run_requests
        third = self.tick(line_with_files, second.cursor)
        assert [r.run_key for r in third.run_requests] == [request.run_key], "Dagster drops the second"

    def test_a_half_written_file_waits_until_it_is_whole(self, line_with_files: Line) -> None:
        cursor = self.tick(line_with_files, self.tick(line_with_files, None).cursor).cursor
        path = next(line_with_files.settings.raw_files.iterdir())
        path.write_bytes(b"something, and")
        growing = self.tick(line_with_files, cursor)
        assert not growing.run_requests
        path.write_bytes(b"something, and something more")
        still = self.tick(line_with_files, growing.cursor)
        assert not still.run_requests
        assert len(self.tick(line_with_files, still.cursor).run_requests) == 1

    def test_a_run_under_way_is_waited_for(self, line_with_files: Line) -> None:
        """Half of what it loads would look like a delivery of its own."""
        cursor = self.tick(line_with_files, None).cursor
        with dg.DagsterInstance.ephemeral() as instance:
            start_run(instance)
            waiting = self.tick(line_with_files, cursor, instance)
        assert "under way" in waiting.skip_reason.skip_message
        assert len(self.tick(line_with_files, waiting.cursor).run_requests) == 1

    def test_a_missing_file_is_waited_for_by_name(self, line_with_files: Line) -> None:
        path = next(line_with_files.settings.raw_files.iterdir())
        path.unlink()
        waiting = self.tick(line_with_files, None)
        assert path.name in waiting.skip_reason.skip_message


class TestDeadRuns:
    def find_status(self, instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
        run = instance.get_run_by_id(run_id)
        assert run
        return run.status

    def test_a_killed_run_is_closed_and_a_living_one_is_not(self, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
        with ExitStack() as stack:
            instance = stack.enter_context(dg.DagsterInstance.ephemeral())
            killed, alive = start_run(instance), start_run(instance)
            stack.enter_context(Turn(line.url).held(run_id=alive))
            assert close_dead_runs(instance, line) == [], "both may still be coming up"
            monkeypatch.setattr(runs, "YOUNG_SECONDS", -1)
            assert close_dead_runs(instance, line) == [killed]
            assert self.find_status(instance, killed) == dg.DagsterRunStatus.FAILURE
            assert self.find_status(instance, alive) == dg.DagsterRunStatus.STARTED

    def test_a_run_that_waits_for_its_turn_lives(self, line: Line) -> None:
        """Dagster has it started before it waits, which may be for hours."""
        run_id = str(uuid4())

        @dg.op(required_resource_keys={"line"})
        def work(_: dg.OpExecutionContext) -> None: ...

        @dg.job(resource_defs={"line": hold_turn(line)})
        def job() -> None:
            work()

        with ThreadPoolExecutor() as pool:
            with Turn(line.url).held():
                waiting = pool.submit(job.execute_in_process, run_id=run_id)
                deadline = time.monotonic() + 30
                while find_dead(line.url, [run_id]):
                    assert time.monotonic() < deadline
                    time.sleep(0.1)
                assert not waiting.done()
            assert waiting.result().success
