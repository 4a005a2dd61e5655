"""What goes wrong on a finished line: faulty deliveries, two runs at once, a run that is killed.

A faulty delivery is answered in words, and what was published before still is.
"""

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import psycopg
import pytest
from place import Built, Place

from eis.cli import app
from eis.ingest import load_raw_table

pytestmark = pytest.mark.slow

# Stages after which a run is killed, a moment later: while it builds features, and while it trains.
KILLED_AFTER = ("Check the department model", "Check features and labels")
SQL = "'); drop table raw.hr_employees cascade; --"


@dataclass(frozen=True)
class Fault:
    """A raw table's file, what is done to it, and what the operator is told."""

    table: str
    change: Callable[[bytes], bytes | None]
    words: tuple[str, ...]


def edit(text: bytes, line: int, column: str, value: bytes) -> bytes:
    """The file with one cell changed; the generator quotes nothing but headers."""
    lines = text.split(b"\n")
    cells = lines[line - 1].split(b",")
    cells[lines[0].replace(b'"', b"").decode().split(",").index(column)] = value
    lines[line - 1] = b",".join(cells)
    return b"\n".join(lines)


def repeat(text: bytes, line: int) -> bytes:
    """The file with one of its lines once more, at its end."""
    return text + text.split(b"\n")[line - 1] + b"\n"


def garble(text: bytes, column: str) -> bytes:
    """The file with words in every cell of a column."""
    count = text.rstrip().count(b"\n")
    for line in range(2, count + 2):
        text = edit(text, line, column, b"next Tuesday")
    return text


def cut_within_a_row(text: bytes) -> bytes:
    return text[: text.index(b",", len(text) // 2) + 1]


FAULTS = {
    "renamed column": Fault(
        "hr_training",
        lambda text: text.replace(b"course_code", b"course", 1),
        ("hr_training.csv, line 1", "'course_code'", "similar there: 'course'", "Mend the file"),
    ),
    "cut": Fault("ia_allegations", cut_within_a_row, ("ia_allegations.csv, line ", "deliver it again")),
    "cut gzip": Fault(
        "payroll_shifts", lambda data: data[: len(data) // 2], ("payroll_shifts.csv.gz, near line ", "Deliver it again")
    ),
    "not UTF-8": Fault(
        "hr_employees",
        lambda text: edit(text, 5, "education", b"ma\xeetre"),
        ("hr_employees.csv, line 5, column 'education'", "Deliver the file as CSV in UTF-8"),
    ),
    "missing": Fault(
        "fleet_incidents", lambda _: None, ("fleet_incidents.csv: the file is missing", "Similar files there")
    ),
    "empty": Fault("hr_ranks", lambda _: b"", ("hr_ranks.csv: the file is empty", "Deliver it again")),
    "garbage dates": Fault(
        "hr_employees",
        lambda text: garble(text, "hire_date"),
        ("raw.hr_employees", "hire_date are written 2025-12-31", "rows break it, such as line 2, 3", "Mend what"),
    ),
    "officer twice, told differently": Fault(
        "hr_employees",
        lambda text: edit(repeat(text, 3), text.count(b"\n") + 1, "hire_date", b"2001-02-03"),
        ("raw.hr_employees", "An employee_no that stands there twice", "Mend what"),
    ),
}


def call(place: Place, capfd: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """`eis run` in this process, which spares the imports: exit code, and what the console shows."""
    with (
        patch.dict(os.environ, place.environment, clear=True),
        patch.object(sys, "argv", ["eis", "run"]),
        pytest.raises(SystemExit) as exit_,
    ):
        app()
    shown = capfd.readouterr()
    return int(exit_.value.code or 0), shown.out + shown.err


def look_at_training(place: Place) -> list[tuple[object, ...]]:
    return place.query("select * from core.training order by training_id")


def look_at_scores(place: Place) -> list[tuple[object, ...]]:
    return place.query("select * from scores.officer_scores order by outcome, officer_id")


@pytest.fixture(scope="module")
def place(demo: Built, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The finished line with raw files of its own."""
    raw = tmp_path_factory.mktemp("faults") / "raw"
    shutil.copytree(demo.place.raw, raw)
    return Place(demo.place.home, raw, "demo")


@pytest.fixture
def deliver(place: Place) -> Iterator[Callable[[Fault], None]]:
    """Put a faulty file in the place of a good one; afterwards the good one is back, loaded too."""
    changed: list[tuple[str, Path, bytes]] = []

    def put(fault: Fault) -> None:
        path = place.raw / place.configuration.raw_tables[fault.table].file
        good = path.read_bytes()
        changed.append((fault.table, path, good))
        bad = fault.change(good)
        assert bad != good
        path.unlink() if bad is None else path.write_bytes(bad)

    yield put
    for table, path, good in changed:
        path.write_bytes(good)
        load_raw_table(place.url(), table, place.configuration.raw_tables[table], place.raw)


class TestDeliveries:
    @pytest.mark.parametrize("name", FAULTS)
    def test_fault_is_told_and_stops_the_line(
        self, place: Place, deliver: Callable[[Fault], None], capfd: pytest.CaptureFixture[str], name: str
    ) -> None:
        published = look_at_scores(place)
        deliver(FAULTS[name])
        code, shown = call(place, capfd)
        assert code == 1
        assert [words for words in FAULTS[name].words if words not in shown] == [], shown
        assert "Traceback" not in shown
        assert "What was published before still is" in shown
        assert look_at_scores(place) == published

    def test_mended_files_run_again_and_nothing_is_learnt_twice(
        self, place: Place, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """Somebody has dropped a core table meanwhile, which the ledger does not know."""
        published, training = look_at_scores(place), look_at_training(place)
        models = place.number("select count(*) from ml.models")
        with psycopg.connect(place.url(), autocommit=True) as connection:
            connection.execute("drop table core.training cascade")
        code, shown = call(place, capfd)
        assert code == 0, shown
        assert look_at_scores(place) == published
        assert look_at_training(place) == training
        assert place.number("select count(*) from ml.models") == models


class TestClocks:
    def test_no_fact_hangs_on_the_time_zone_of_a_session(self, demo: Built) -> None:
        assert not demo.place.query(
            "select table_name, column_name from information_schema.columns where data_type like '%with time zone'"
            " and table_schema in ('staging', 'core', 'events', 'features', 'labels')"
        )

    @pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/New_York", "Etc/GMT+12"])
    def test_readers_everywhere_see_the_same_lists(self, demo: Built, zone: str) -> None:
        query = "select outcome, list_id, officer_id, valid_until, scored_at from scores.current_officer_scores"
        with psycopg.connect(demo.place.url(), options=f"-c timezone={zone}") as reader:
            assert sorted(reader.execute(query)) == sorted(demo.place.query(query))


@pytest.fixture(scope="module")
def interrupted(make_home: Callable[[], Path], demo_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Where runs are interrupted: nothing built yet, and two faults in the files that do no harm."""
    raw = tmp_path_factory.mktemp("interrupted") / "raw"
    shutil.copytree(demo_files, raw)
    employees = raw / "hr_employees.csv"
    employees.write_bytes(repeat(edit(employees.read_bytes(), 4, "race", SQL.encode()), 7))
    return Place(make_home(), raw, "demo")


@pytest.fixture(scope="module")
def second(interrupted: Place) -> tuple[int, str]:
    """Exit code and words of a run that was started while another one was under way."""
    first = interrupted.start("run")
    wait_for_stage(first, "Load raw tables")
    second = interrupted.run("run")
    assert first.poll() is None, "the first run ended before the second one could meet it"
    kill(first)
    return second.returncode, second.stdout


@pytest.fixture(scope="module")
def completed(interrupted: Place, second: tuple[int, str]) -> Place:
    """The line after the last run, which was left alone."""
    moments = random.Random(20)  # noqa: S311
    for stage in KILLED_AFTER:
        process = interrupted.start("run")
        wait_for_stage(process, stage)
        time.sleep(moments.uniform(0.2, 3))
        assert process.poll() is None, f"the run ended within three seconds after: {stage}"
        kill(process)
    done = interrupted.run("run")
    assert done.returncode == 0, done.stdout
    return interrupted


class TestInterruptions:
    def test_second_run_at_once_is_refused(self, second: tuple[int, str]) -> None:
        code, shown = second
        assert code == 1
        assert "Another run on database 'eis_demo' is under way" in shown
        assert "Traceback" not in shown

    @pytest.mark.parametrize(
        "rows",
        [
            "select * from features.officer_features order by officer_id, as_of_date",
            "select * from labels.officer_labels order by officer_id, as_of_date, outcome",
            "select outcome, officer_id, score, rank from scores.officer_scores order by outcome, officer_id",
            "select outcome, model_group, test_as_of_date, metric, parameter, value"
            " from monitoring.backtest_metrics order by outcome, model_group, test_as_of_date, metric, parameter",
        ],
        ids=["features", "labels", "scores", "metrics"],
    )
    def test_result_is_that_of_an_undisturbed_run(self, completed: Place, demo: Built, rows: str) -> None:
        digest = f"select count(*), md5(string_agg(cast(one as text), '|')) from ({rows}) as one"
        assert completed.query(digest) == demo.place.query(digest)

    def test_no_half_of_an_experiment_is_kept(self, completed: Place) -> None:
        assert completed.number("select count(*) from ml.experiments") == 1
        assert completed.number("select count(*) from ml.selections") == len(
            completed.configuration.backtest.test_dates
        )

    def test_sql_in_a_cell_is_text(self, completed: Place) -> None:
        assert completed.number("select race from raw.hr_employees where _row = 4") == SQL
        assert completed.number("select count(*) from core.officers where race is null") >= 1


def wait_for_stage(process: subprocess.Popen[str], stage: str) -> None:
    """Read what a run shows until a stage is done."""
    assert process.stdout
    shown = []
    for line in process.stdout:
        shown.append(line)
        if line.startswith(f"done {stage} "):
            return
    raise AssertionError("".join(shown))


def kill(process: subprocess.Popen[str]) -> None:
    """End the run as `kill -9` does, without a word to what it started."""
    assert process.stdout
    process.kill()
    process.wait()
    process.stdout.close()
