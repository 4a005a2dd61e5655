"""No feature knows the future: cut back to a day in the past, the raw tables give the same features as they do whole.

A database of its own is copied from the finished line. There the raw tables are taken back to how they stood on that
day (`departments/<d>/as_it_stood.sql`, written from the files and not from the models), and everything is rebuilt.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from place import Place
from psycopg import sql

DATABASE = "eis_time_travel"
REBUILT = ("--full-refresh", "--select", "fqn:eis.staging", "fqn:eis.core", "fqn:eis.events", "fqn:eis.features")

# A leak in what each family reads: decisions that count from the day on which the case began, and facts known before
# they happen.
LEAKS = {
    "arrests": "decided_on = known_on where decided_on is not null",
    "civil_claims": "closed_on = known_on where closed_on is not null",
    "complaints": "closed_on = reported_on where closed_on is not null",
    "dispatches": "known_on = known_on - 40",
    "injuries": "returned_on = known_on where returned_on is not null",
    "legacy_alerts": "disposed_on = known_on where disposed_on is not null",
    "ranks": "effective_on = effective_on - 400, known_on = effective_on - 400",
    "shifts": "known_on = known_on - 40",
    "uses_of_force": "known_on = occurred_on - 40",
    "vehicle_incidents": "finding_on = known_on where finding_on is not null",
}


@dataclass(frozen=True)
class Comparison:
    """The features up to the day, as they were and as they came out of the rebuild."""

    rows: int
    lost_or_added: int
    changed: dict[str, int]


@dataclass(frozen=True)
class Journey:
    """What was found out about the line's features, and about the same with leaks planted."""

    published: Comparison
    leaking: Comparison


def travel(place: Place, day: str) -> Journey:
    """Compare with what the raw tables give as they stood on the day."""
    with open_copy(place, DATABASE) as copy:
        remember(copy, "as_published", day)
        for table in set(LEAKS) & set(place.configuration.supplied_tables):
            copy.execute(f"update core.{table} set {LEAKS[table]}".encode())
        place.build("--full-refresh", "--select", "fqn:eis.events", "fqn:eis.features", database=DATABASE)
        remember(copy, "with_leaks", day)
        cut = (place.settings.department_folder / "as_it_stood.sql").read_text(encoding="utf-8")
        with copy.transaction():
            copy.execute(cut.replace(":as_of", f"'{day}'"))
        place.build(*REBUILT, database=DATABASE)
        return Journey(compare(copy, "as_published", day), compare(copy, "with_leaks", day))


@contextmanager
def open_copy(place: Place, database: str) -> Iterator[psycopg.Connection]:
    """A copy of the line's database under this name."""
    with psycopg.connect(place.url("postgres"), autocommit=True) as server:
        server.execute(f"drop database if exists {database} with (force)".encode())
        server.execute(f"create database {database} template eis_{place.department}".encode())
    with psycopg.connect(place.url(database), autocommit=True) as copy:
        yield copy


def remember(copy: psycopg.Connection, name: str, day: str) -> None:
    statement = f"create table public.{name} as select * from features.officer_features where as_of_date <= '{day}'"
    copy.execute(statement.encode())


def compare(copy: psycopg.Connection, name: str, day: str) -> Comparison:
    """Rows that only one of the two has, and features whose values differ, with the number of rows."""
    query = "select column_name from information_schema.columns where table_schema = 'public' and table_name = %s"
    columns = [column for (column,) in copy.execute(query, [name]) if column not in ("officer_id", "as_of_date")]
    differs = [
        sql.SQL("count(*) filter (where old.{0} is distinct from new.{0})").format(sql.Identifier(c)) for c in columns
    ]
    rows, lost_or_added, *counts = (
        copy.execute(
            sql.SQL(
                "select count(*), count(*) filter (where old.officer_id is null or new.officer_id is null), {differs}"
                " from {name} as old"
                " full join (select * from features.officer_features where as_of_date <= {day}) as new"
                " on old.officer_id = new.officer_id and old.as_of_date = new.as_of_date"
            ).format(differs=sql.SQL(", ").join(differs), name=sql.Identifier("public", name), day=sql.Literal(day))
        ).fetchone()
        or ()
    )
    changed = {column: count for column, count in zip(columns, counts, strict=True) if count}
    return Comparison(rows, lost_or_added, changed)
