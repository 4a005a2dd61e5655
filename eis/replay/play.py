"""Playing the year: each month what an operator and the people of `policy.yml` do, by the commands' own functions.

Belongs here: the order of a month's steps. Does not: what happens in which month (`story`), or what came of it
(`record`).

The replay has a home of its own below `EIS_HOME`, and there a server: the demo department's warehouse is not touched.
A month that was played is not played again, so that a replay that was broken off goes on where it was.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from rich.console import Console

from dagster_project.automation import SCORE, WHOLE_LINE
from eis.demo import generate
from eis.demo.configuration import configure
from eis.department import load_department
from eis.errors import EisError
from eis.governance import access, approval, publication, use
from eis.governance.connection import explained
from eis.governance.policy import load_policy
from eis.governance.schema import ensure_governance
from eis.postgres import Warehouse
from eis.replay import record
from eis.replay.deliveries import cut_file, deliver, keep_history
from eis.replay.story import DEPARTMENT, OFFICERS, PEOPLE, POLICY, SERGEANT, YEAR, Act, Month
from eis.run import run_line
from eis.settings import PROJECT, Settings

LISTED_UNITS = """
select distinct unit_id
from scores.current_officer_scores
where is_on_list and review_due_on is not null and unit_id is not null
order by 1
"""
# What raises the score, as a person sees it who may read the officer's.
REASONS = """
select reason_rank from scores.visible_officer_reasons
where officer_id = %s and direction = 'raises'
order by 1
"""
HISTORY = "eis_history"  # database of the whole history, from which each month's files are made


@dataclass(frozen=True)
class Stage:
    """Where the year is played: the settings of its line."""

    settings: Settings

    @property
    def history_files(self) -> Path:
        """Folder of the raw files of the whole history."""
        return self.settings.home / "history"

    @property
    def configuration(self) -> Path:
        """Folder of `department.yml` and `policy.yml` as of the month that is played."""
        return self.settings.home / "settings"

    @property
    def warehouse(self) -> Warehouse:
        """The replay's own."""
        return Warehouse(self.settings)

    def describe_environment(self) -> str:
        """The variables with which `eis` and `make up` work on the replayed department."""
        named = {
            "EIS_HOME": self.settings.home,
            "EIS_CONFIGURATION": self.configuration,
            "EIS_RAW_PATH": self.settings.raw_path,
        }
        return " ".join(f"{name}={path}" for name, path in named.items())


def make_stage(home: Path) -> Stage:
    """The replay's place below this home."""
    folder = home.resolve() / "replay"
    return Stage(
        Settings(
            department="demo",
            home=folder,
            configuration=folder / "settings",
            raw_path=folder / "raw",
            database_url=None,
            user_url=None,
        )
    )


def replay(home: Path, tell: Callable[[str], None], year: Sequence[Month] = YEAR, officers: int = OFFICERS) -> Stage:
    """Play every month that was not played yet.

    Raises:
        EisError: something went wrong that is not in the story.
    """
    stage = make_stage(home)
    cut = prepare(stage, year, officers)
    people = None
    for month in year:
        with psycopg.connect(stage.warehouse.url(), autocommit=True) as connection:
            if month.as_of in {played.as_of for played in record.list_months(connection)}:
                continue
            people = people or enrol(stage, connection)
            began_at, outcome = dt.datetime.now(dt.UTC), load_policy(stage.settings).lists.outcome
            stopped = play(stage, month, cut, connection, people)
            result = record.keep(connection, month.as_of, month.story, outcome, began_at, stopped)
            tell(f"{result.as_of:%Y-%m}  {result.seconds:4} s  {result.gate}")
    return stage


def prepare(stage: Stage, year: Sequence[Month], officers: int) -> str:
    """The whole history, and the SQL that takes it back to a day."""
    stage.settings.home.mkdir(parents=True, exist_ok=True)
    generate(stage.history_files, officers)
    set_month(stage, year[0].as_of)
    warehouse = stage.warehouse
    warehouse.start()
    warehouse.server.ensure_database(HISTORY)
    ensure_governance(warehouse.url())
    keep_history(warehouse.server.url(HISTORY), load_department(stage.settings), stage.history_files)
    return (PROJECT / "departments" / "demo" / "as_it_stood.sql").read_text(encoding="utf-8")


def set_month(stage: Stage, as_of: dt.date) -> None:
    """Write the settings as the operator does at the end of a month: the last as-of date is another one."""
    configure(stage.configuration, DEPARTMENT | {"calendar": {"last_as_of": as_of}}, POLICY)


def enrol(stage: Stage, connection: psycopg.Connection) -> dict[str, str]:
    """Each person's own connection."""
    host, port = stage.warehouse.tcp_endpoint()
    return {
        login: access.login_url(connection, login, access.add_login(connection, login, role), host, port)
        for login, role in PEOPLE.items()
    }


def play(stage: Stage, month: Month, cut: str, connection: psycopg.Connection, people: dict[str, str]) -> list[str]:
    """One month; what each run said that did not come to its end."""
    set_month(stage, month.as_of)
    act(month.before, connection, people)
    history, raw = stage.warehouse.server.url(HISTORY), stage.settings.raw_files
    deliver(history, load_department(stage.settings), cut, month.as_of, month.spoils, raw)
    if month.cuts:
        cut_file(raw / load_department(stage.settings).raw_tables[month.cuts].file)
    stopped = [*run(stage, month)]
    if month.is_mended:
        deliver(history, load_department(stage.settings), cut, month.as_of, "", raw)
        stopped += run(stage, month)
    if month.after:
        act(month.after, connection, people)
        publication.decide_all(connection)
    if month.is_reviewed:
        review(connection, people[SERGEANT])
    return stopped


def run(stage: Stage, month: Month) -> list[str]:
    """The month's job, its stages told to `replay.log`; what it said, if it did not come to its end.

    Raises:
        EisError: it failed, and the story does not say so.
    """
    with (stage.settings.home / "replay.log").open("a", encoding="utf-8") as log:
        console = Console(file=log, width=120)
        console.rule(f"{month.as_of}")
        try:
            run_line(stage.settings, console, WHOLE_LINE if month.learns else SCORE)
        except EisError as error:
            if not month.cuts:
                raise
            return [str(error).partition("\n")[0]]
    return []


def act(acts: Sequence[Act], connection: psycopg.Connection, people: dict[str, str]) -> None:
    """What people decide about models, each with a login of their own."""
    for one in acts:
        models = [model for model in approval.list_models(connection) if not model.is_challenger]
        model = models[1 if one.to_the_one_before else 0]
        wanted = "approved" if one.does == "approve" else "retired"
        if model.state == wanted:  # in a month that was broken off
            continue
        decide = approval.approve if one.does == "approve" else approval.retire
        with psycopg.connect(people[one.who]) as person, explained():
            decide(person, model.model_id, one.why)


def review(connection: psycopg.Connection, sergeant: str) -> None:
    """The sergeant, who has every other unit with a listed officer, reviews those; two of three lead to counselling."""
    units = [unit for (unit,) in connection.execute(LISTED_UNITS)]
    access.set_units(connection, SERGEANT, units[::2])
    with psycopg.connect(sergeant, autocommit=True) as person, explained():
        waiting = [due.officer_id for due in use.list_reviews(person) if due.is_waiting]
        for place, officer in enumerate(waiting):
            reasons = [rank for (rank,) in person.execute(REASONS, [officer])]
            if place % 3 == 2:
                use.record_review(person, officer, False, "none", "Known, and already looked after", [], reasons)
            else:
                number = use.record_review(person, officer, True, "counselling", None, reasons, [])
                use.record_intervention(person, officer, "counselling", None, number)
