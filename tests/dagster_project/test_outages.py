"""A step whose warehouse went away begins anew, so often as is allowed; a step with a fault of its own does not."""

from types import SimpleNamespace

import dagster as dg
import psycopg
import pytest
from rich.console import Console
from sqlalchemy.exc import OperationalError

from dagster_project import outages
from dagster_project.line import Line
from dagster_project.outages import RETRIES, await_warehouse, surviving_outages
from dagster_project.runs import hold_turn
from eis.errors import EisError
from eis.run import run_line
from eis.turn import TURN


def end_the_turn(line: Line) -> None:
    """What the end of a server does to the connection that does nothing but hold the turn."""
    with psycopg.connect(line.url, autocommit=True) as connection:
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = %s", [TURN])


def run_step(line: Line, outages_to_come: int, fault: Exception) -> tuple[bool, int]:
    """Whether a step comes through that meets outages first, each time with a fault; and how often it began."""
    begun = 0

    @dg.asset
    def step(context: dg.AssetExecutionContext, line: dg.ResourceParam[Line]) -> None:
        nonlocal begun
        begun += 1
        with surviving_outages(context, line):
            if begun <= outages_to_come:
                end_the_turn(line)
                raise fault

    done = dg.materialize([step], resources={"line": hold_turn(line)}, raise_on_error=False)
    return done.success, begun


def test_a_step_begins_anew_when_the_warehouse_went_away_under_it(line: Line) -> None:
    assert run_step(line, 1, psycopg.OperationalError("the connection was lost")) == (True, 2)


def test_it_gives_up_after_so_many_times(line: Line) -> None:
    assert run_step(line, RETRIES + 1, RuntimeError("however a library words it")) == (False, RETRIES + 1)


def test_a_fault_of_its_own_stops_it_at_once(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("test_outages.end_the_turn", lambda _: None)
    assert run_step(line, 1, psycopg.OperationalError("column does not exist")) == (False, 1)


def test_a_run_that_cannot_be_recorded_says_so_in_words(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk Dagster's own records fail, through SQLAlchemy, outside of any step."""

    def fail(*_: object, **__: object) -> None:
        full = psycopg.errors.DiskFull('could not extend file "base/5/16384": No space left on device')
        raise OperationalError("insert into event_logs", {}, full)

    monkeypatch.setattr(dg.JobDefinition, "execute_in_process", fail)
    with pytest.raises(EisError, match=r"cannot be recorded in the warehouse: could not extend file .*No space left"):
        run_line(line.settings, Console(quiet=True))


def test_a_warehouse_that_goes_away_before_the_first_step_is_told_in_words(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(line: Line, **_: object) -> None:
        end_the_turn(line)
        psycopg.connect("host=/nowhere")

    monkeypatch.setattr("eis.run.assemble", lose)
    with pytest.raises(EisError, match="The warehouse went away during the run"):
        run_line(line.settings, Console(quiet=True))


class Server:
    """Does not start so many times."""

    def __init__(self, failures: int) -> None:
        self.failures = failures

    def start(self) -> None:
        self.failures -= 1
        if self.failures >= 0:
            raise EisError("The warehouse does not start.")


def test_it_waits_for_a_warehouse_that_is_long_in_coming_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outages, "POLL_SECONDS", 0)
    slow = Server(3)
    await_warehouse(SimpleNamespace(warehouse=slow), patience_seconds=60)  # type: ignore[arg-type]
    assert slow.failures == -1
    with pytest.raises(EisError, match="does not start"):
        await_warehouse(SimpleNamespace(warehouse=Server(3)), patience_seconds=-1)  # type: ignore[arg-type]
