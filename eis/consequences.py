"""What expunging would change: features rebuilt without the record beside those that there are, scores asked again.

Belongs here: a copy of the warehouse in which the marks are built in, and the comparison. Does not: marking
(`eis.governance.records`), or building them in for good, which the next run does.

Nothing of the line is touched: the copy is a database of its own, and gone at the end.
"""

import datetime as dt
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import psycopg
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb

from eis.errors import EisError
from eis.postgres import Warehouse
from eis.settings import PROJECT, Settings
from eis.stages import StageLedger
from eis.transform import DBT, FEATURES_STAGE, dbt_arguments, dbt_environment, features_definition
from eis.turn import Turn
from ml import warehouse
from ml.fairness import HIGHEST_SCORES
from ml.scoring import Cohort, ask, cut, load

REBUILT = ("fqn:eis.staging", "fqn:eis.core", "fqn:eis.events", "fqn:eis.features")
# What the copy can do without: models are asked, and nothing else that they said is needed.
LEFT_OUT = ("ml.predictions", "ml.explanations", "ml.reasons", "ml.alternatives", "ml.evaluation_draws", "ml.scores")

# Records that are expunged now and were not when the features were built, and the other way round.
PENDING = """
with built as (
    select distinct on (table_name, record_hash) table_name, record_hash, mark = 'expunged' as is_expunged
    from governance.record_marks
    where marked_at <= (select completed_at from monitoring.stage_runs where stage = 'dbt_features')
    order by table_name, record_hash, mark_no desc
)

select count(*)
from governance.current_marks as current_marks
left join built using (table_name, record_hash)
where (current_marks.mark = 'expunged') <> coalesce(built.is_expunged, false)
"""
LOADED_SINCE = """
select string_agg(table_name, ', ' order by table_name)
from raw._loads
where loaded_at > (select completed_at from monitoring.stage_runs where stage = 'dbt_features')
"""
ROWS = """
select officer_id, as_of_date, hash_record_extended(features, 0)
from features.officer_features as features
where as_of_date >= %s
"""
LISTS = """
select distinct on (outcome, as_of_date) list_id, outcome, as_of_date, status, model_id, n_on_list, list_rule
from governance.lists
where as_of_date >= %s
order by outcome, as_of_date, list_id desc
"""


@dataclass(frozen=True)
class PublishedList:
    """A list as it was published."""

    list_id: int
    outcome: str
    as_of_date: dt.date
    status: str
    model_id: str
    n_on_list: int
    list_rule: str


@dataclass(frozen=True)
class ListChange:
    """What the same model would say now: scores that differ, and who would leave or join the list.

    Places that were shared out by group follow from earlier months too, so of such a list nobody is named.
    """

    published: PublishedList
    n_scores: int
    n_changed: int
    largest: float
    leaving: list[str]
    joining: list[str]

    @property
    def names_officers(self) -> bool:
        """Whether it is told who would leave and who would join."""
        return self.published.list_rule == HIGHEST_SCORES


@dataclass(frozen=True)
class Consequences:
    """What differs without the expunged records."""

    n_records: int
    build_from: dt.date
    feature_rows: list[tuple[str, dt.date]]
    lists: list[ListChange]


def find_consequences(settings: Settings) -> Consequences | None:
    """Compare the warehouse with one in which the marks since the last run are built in; none if there are no such.

    Raises:
        EisError: a run is under way; something else changed too, so that it could not be told what the marks change; or
            the copy cannot be made or built.
    """
    line = Warehouse(settings)
    with Turn(line.url()).held(), warehouse.connect(line.url()) as here:
        [n_records] = here.execute(PENDING).fetchone() or (0,)
        if not n_records:
            return None
        refuse_other_changes(settings, here)
        with copied(line) as url, warehouse.connect(url) as there:
            rebuild(settings, there.info.dbname)
            [build_from] = there.execute("select build_from from features.features_to_build").fetchone() or (
                dt.date.max,
            )
            rows = compare_features(here, there, build_from)
            lists = [
                compare_list(here, there, PublishedList(*row)) for row in here.execute(LISTS, [build_from]).fetchall()
            ]
        found = Consequences(n_records, build_from, rows, lists)
        record(here, found)
    return found


def refuse_other_changes(settings: Settings, connection: warehouse.Connection) -> None:
    """Only the marks may have changed since the features were built.

    Raises:
        EisError: something else did.
    """
    loaded = (connection.execute(LOADED_SINCE).fetchone() or (None,))[0]
    if loaded:
        raise EisError(
            f"Since the last run {loaded} was loaded anew, so what the marks change cannot be told apart from that. "
            "The next run builds in both: eis run."
        )
    if not StageLedger(Warehouse(settings).url()).is_current(FEATURES_STAGE, features_definition(settings)):
        raise EisError(
            "The SQL or the settings of the features changed since the last run, so what the marks change cannot be "
            "told apart from that. The next run builds in both: eis run."
        )


@contextmanager
def copied(line: Warehouse) -> Iterator[str]:
    """The URL of a copy of the department's database, dropped afterwards.

    Raises:
        EisError: the login may not make a database, or copying failed.
    """
    name = f"{line.database}_without"
    with psycopg.connect(line.url(), autocommit=True) as server:
        try:
            server.execute(SQL("drop database if exists {} with (force)").format(Identifier(name)))
            server.execute(SQL("create database {}").format(Identifier(name)))
            server.execute(SQL("revoke all on database {} from public").format(Identifier(name)))
        except psycopg.errors.InsufficientPrivilege as error:
            raise EisError(
                f"A database for the comparison cannot be made: {error.diag.message_primary}. The login of "
                "EIS_DATABASE_URL needs CREATEDB."
            ) from error
        try:
            copy_into(line, name)
            yield psycopg.conninfo.make_conninfo(line.url(), dbname=name)
        finally:
            server.execute(SQL("drop database if exists {} with (force)").format(Identifier(name)))


def copy_into(line: Warehouse, name: str) -> None:
    """Everything that the rebuild and the models need, by way of a file.

    Raises:
        EisError: pg_dump or pg_restore failed.
    """
    left_out = [f"--exclude-table-data={table}" for table in LEFT_OUT]
    line.settings.state.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=line.settings.state) as folder:
        dump = str(Path(folder) / "dump")
        line.run("pg_dump", "--format=custom", "--compress=0", "--file", dump, *left_out)
        line.run("pg_restore", "--no-owner", "--exit-on-error", dump, database=name)


def rebuild(settings: Settings, database: str) -> None:
    """Build core tables and features in the copy, from the first month that the marks touch.

    Raises:
        EisError: dbt failed.
    """
    with tempfile.TemporaryDirectory(dir=settings.state) as target:
        environment = dbt_environment(settings) | {"PGDATABASE": database, "DBT_TARGET_PATH": target}
        command = [str(DBT), "build", "--exclude-resource-type", "unit_test", "test", "--select", *REBUILT]
        done = subprocess.run(
            [*command, *dbt_arguments(settings)],
            env=environment,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise EisError(f"Without the expunged records the features cannot be built:\n{done.stdout[-3000:]}")


def compare_features(
    here: warehouse.Connection, there: warehouse.Connection, build_from: dt.date
) -> list[tuple[str, dt.date]]:
    """Officers and as-of dates whose row differs, or is in one of the two only."""
    rows = [
        {(officer, date): digest for officer, date, digest in connection.execute(ROWS.encode(), [build_from])}
        for connection in (here, there)
    ]
    return sorted(key for key in rows[0].keys() | rows[1].keys() if rows[0].get(key) != rows[1].get(key))


def compare_list(here: warehouse.Connection, there: warehouse.Connection, published: PublishedList) -> ListChange:
    """The model of a list asked of the features that there are, and of those without the records."""
    scorer = load(here, published.model_id)

    def score(connection: warehouse.Connection) -> Cohort:
        matrix = warehouse.read_matrix(connection, scorer.model.features, [published.as_of_date])
        return ask(scorer, cut(matrix, published.as_of_date), published.n_on_list)

    before, after = score(here), score(there)
    old, new = (dict(zip(cohort.names, cohort.scores.tolist(), strict=True)) for cohort in (before, after))
    changes = [abs(new.get(name, np.inf) - old.get(name, np.inf)) for name in old.keys() & new.keys()]
    alone = len(old.keys() ^ new.keys())
    listed = [{name for name, is_on in zip(c.names, c.is_listed, strict=True) if is_on} for c in (before, after)]
    change = ListChange(
        published,
        len(old),
        sum(change > 1e-9 for change in changes) + alone,
        max(changes, default=0.0),
        sorted(listed[0] - listed[1]),
        sorted(listed[1] - listed[0]),
    )
    return change if change.names_officers else replace(change, leaving=[], joining=[])


def record(connection: warehouse.Connection, found: Consequences) -> None:
    """That it was looked at, and how much differs: numbers only."""
    content = {
        "n_records": found.n_records,
        "build_from": found.build_from.isoformat(),
        "n_feature_rows": len(found.feature_rows),
        "n_scores": sum(change.n_changed for change in found.lists),
        "n_lists": sum(bool(change.leaving or change.joining) for change in found.lists),
        "n_lists_not_told": sum(not change.names_officers for change in found.lists),
    }
    connection.execute("select governance.append_audit('effect_of_marks', %s)", [Jsonb(content)])
