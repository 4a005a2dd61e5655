"""A department's own database to raw files: what `eis.ingest` loads need not have been exported by hand.

Belongs here: reading tables of a foreign database, and the files and the manifest that they become. Does not: anything
about their values, or loading: whatever follows meets a folder of CSV files, as it would from anybody.

One table, one file, replaced whole or not at all. With a cursor, a column that grows whenever a row changes, only rows
from the last one seen on are read, and take the place of the rows of the same key in the file. What is read again is
harmless: the file has the same rows as after reading everything, but for those that were deleted there, which only
reading everything shows.

No password is written down: the URL has none, and the manifest and every message hold the URL. It comes from
`EIS_SOURCE_PASSWORD`, or the file of a container secret of that name.
"""

import csv
import datetime as dt
import gzip
import io
import json
import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from filelock import FileLock, Timeout

from eis.department import Department, Extract, RawTable
from eis.errors import EisError
from eis.ingest import hash_file, suggest
from eis.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import URL, ColumnElement, Engine, Table

CHUNK_ROWS = 5_000
MANIFEST = "extraction.json"
DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "mssql": "mssql+pymssql",
    "mysql": "mysql+pymysql",
    "oracle": "oracle+oracledb",
}
INSTALL = "Install the drivers: .venv/bin/python -m pip install --require-hashes -r requirements-database.lock"


@dataclass(frozen=True)
class Extraction:
    """One table's entry in the manifest: what its file holds, and from where to go on."""

    definition: dict[str, Any]
    rows: int
    rows_read: int
    cursor: str | None
    sha256: str
    extracted_at: str


def extract_tables(settings: Settings, department: Department, is_full: bool = False) -> dict[str, Extraction]:
    """Bring the files of all tables that have an `extract` up to date.

    Raises:
        EisError: the database cannot be reached or read, a table or column is not there, or another extraction is
            under way; tables before the faulty one are extracted, the others' files are as they were.
    """
    if department.source is None:
        raise EisError(f"departments/{department.name}/department.yml names no source: its files are delivered.")
    folder = settings.raw_files
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with (
            FileLock(folder / ".extraction.lock", timeout=0),
            open_database(department.source.url, settings) as engine,
        ):
            kept = {} if is_full else read_manifest(folder)
            done: dict[str, Extraction] = {}
            for name, table in department.raw_tables.items():
                if table.extract:
                    done[name] = extract_table(engine, table, table.extract, folder, kept.get(name))
                    write_manifest(folder, department.source.url, read_manifest(folder) | done)
            return done
    except Timeout as error:
        raise EisError(f"{folder}: another extraction is under way. Wait for it to end.") from error


@contextmanager
def open_database(url: str, settings: Settings) -> Iterator["Engine"]:
    """The foreign database.

    Raises:
        EisError: the URL is no database's or has a password in it, its driver is missing, or it does not answer.
    """
    import sqlalchemy
    from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
    from sqlalchemy.pool import NullPool

    try:
        parsed = parse_url(url)
        if parsed.password is not None or {"password", "pwd", "odbc_connect"} & {key.lower() for key in parsed.query}:
            raise EisError(
                "The URL has a password in it, where the shell's history, the list of processes and this repository"
                " would keep it. Take it out; say it in EIS_SOURCE_PASSWORD, or in the file of a secret of that name."
            )
        secret = settings.source_password.get_secret_value() if settings.source_password else None
        named = parsed.set(drivername=DRIVERS.get(parsed.drivername, parsed.drivername), password=secret)
        # Values of rows must not show in a message, nor in a log.
        engine = sqlalchemy.create_engine(named, poolclass=NullPool, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise EisError(f"{url}: not the URL of a database. {say_urls()}") from error
    except ModuleNotFoundError as error:
        raise EisError(f"{url}: {error.name} is not installed. {INSTALL}") from error
    try:
        with engine.connect():
            pass
        yield engine
    except DBAPIError as error:
        reason = str(error.orig).strip() or type(error.orig).__name__
        raise EisError(
            f"{url}: {reason}\nMend the URL, or EIS_SOURCE_PASSWORD; the login needs to read only."
        ) from error
    finally:
        engine.dispose()


def parse_url(url: str) -> "URL":
    """The parts of a URL.

    Raises:
        EisError: it has no such parts. It is not repeated, nor is the cause: a password may stand anywhere in it.
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise EisError(f"The source is not the URL of a database. {say_urls()}") from None


def say_urls() -> str:
    """What URLs look like."""
    return f"Such as {', '.join(f'{name}://user@host/database' for name in DRIVERS)}."


def find_table(engine: "Engine", name: str) -> "Table":
    """A table or view of the foreign database, with its columns as they are there.

    Raises:
        EisError: there is none of that name.
    """
    import sqlalchemy
    from sqlalchemy.exc import NoSuchTableError

    schema, _, table = name.rpartition(".")
    try:
        return sqlalchemy.Table(table, sqlalchemy.MetaData(), schema=schema or None, autoload_with=engine)
    except NoSuchTableError as error:
        there = list_tables(engine, schema or None)
        raise EisError(f"{engine.url}: there is no table or view {name}{suggest(name, there)}.") from error


def list_tables(engine: "Engine", schema: str | None) -> list[str]:
    """Tables and views of a schema, or of the login's own one."""
    import sqlalchemy

    inspector = sqlalchemy.inspect(engine)
    names = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
    return sorted(f"{schema}.{name}" if schema else name for name in names)


def list_schemas(engine: "Engine") -> list[str]:
    """Schemas with a table or view of somebody's making that the login can see."""
    import sqlalchemy

    names = sqlalchemy.inspect(engine).get_schema_names()
    return [name for name in names if name.lower() != "information_schema" and list_tables(engine, name)]


def find_columns(table: "Table", wanted: Sequence[str]) -> list["ColumnElement[Any]"]:
    """Columns of a foreign table by name.

    Raises:
        EisError: one is not there.
    """
    for name in wanted:
        if name not in table.c:
            raise EisError(f"{table.fullname}: there is no column {name!r}{suggest(name, list(table.c.keys()))}.")
    return [table.c[name] for name in wanted]


def read_rows(
    engine: "Engine",
    columns: Sequence["ColumnElement[Any]"],
    *,
    where: Any = None,
    order: Sequence["ColumnElement[Any]"] = (),
    limit: int | None = None,
) -> Generator[Sequence[Any], None, None]:
    """Rows of a foreign table as the driver gives them, without holding them all; whoever stops early closes it."""
    import sqlalchemy

    query = sqlalchemy.select(*columns).order_by(*order)
    query = query if where is None else query.where(where)
    query = query if limit is None else query.limit(limit)
    with engine.connect() as connection:
        reading = connection.execution_options(yield_per=CHUNK_ROWS)
        yield from reading.execute(query)


def extract_table(
    engine: "Engine", table: RawTable, extract: Extract, folder: Path, last: Extraction | None
) -> Extraction:
    """Bring one file up to date.

    Raises:
        EisError: a column is missing, holds bytes, or cannot be a cursor; or the key does not tell rows apart.
    """
    target = folder / table.file
    definition = {"columns": table.columns} | extract.model_dump()
    if last and (last.definition != definition or not target.exists() or hash_file(target) != last.sha256):
        last = None  # another question, or not the file that was left here: everything again
    foreign = find_table(engine, extract.table)
    wanted = [*table.columns, *([extract.cursor] if extract.cursor else [])]
    columns = find_columns(foreign, wanted)
    high = last.cursor if last else None
    where = after(columns[-1], high, extract.lag_days) if extract.cursor else None
    order = find_columns(foreign, extract.key)  # so that what has not changed gives the same bytes
    part = target.with_name(f"{target.name}.part")
    with closing(read_rows(engine, columns, where=where, order=order)) as read, open_csv(part, "w") as file:
        rows = Counted(read, has_cursor=bool(extract.cursor), where=extract.table)
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        places = [table.columns.index(column) for column in extract.key]
        count = 0
        for row in merge(None if where is None else read_file(target), rows, places, extract):
            writer.writerow(row)
            count += 1
    digest = hash_file(part)
    os.replace(part, target)  # noqa: PTH105
    reached = rows.high if rows.high is not None else high
    return Extraction(
        definition, count, rows.read, reached, digest, dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    )


class Counted:
    """Rows as text; how many there were, and the greatest cursor among them."""

    def __init__(self, rows: Iterable[Sequence[Any]], *, has_cursor: bool, where: str) -> None:
        """Nothing is read yet."""
        self.read = 0
        self.high: str | None = None
        self._rows, self._has_cursor, self._where = rows, has_cursor, where

    def __iter__(self) -> Iterator[list[str]]:
        """The rows, without the cursor."""
        greatest: Any = None
        for row in self._rows:
            self.read += 1
            if self._has_cursor and row[-1] is not None and (greatest is None or row[-1] > greatest):
                greatest = row[-1]
                self.high = say(greatest, self._where)
            yield [say(value, self._where) for value in (row[:-1] if self._has_cursor else row)]


def merge(
    old: Iterable[list[str]] | None, new: Iterable[list[str]], places: Sequence[int], extract: Extract
) -> Iterator[list[str]]:
    """Old rows, each replaced by the new one of its key, then new ones of other keys; without old rows, all new ones.

    Raises:
        EisError: two new rows have one key.
    """
    seen: set[int] = set()
    changed: dict[tuple[str, ...], list[str]] = {}
    for row in new:
        key = tuple(row[place] for place in places)
        if extract.cursor:
            if hash(key) in seen:
                named = ", ".join(extract.key)
                raise EisError(f"{extract.table}: key {named} does not tell rows apart; with a cursor it has to.")
            seen.add(hash(key))
        if old is None:
            yield row
        else:
            changed[key] = row
    for row in old or ():
        yield changed.pop(tuple(row[place] for place in places), row)
    yield from (changed[key] for key in sorted(changed))


def after(column: "ColumnElement[Any]", high: str | None, lag_days: int) -> Any:
    """The condition that a row is new since the cursor's value, less what may have been committed late.

    Raises:
        EisError: the column's values do not grow.
    """
    kind = column.type.python_type
    if kind not in (dt.datetime, dt.date, int, Decimal):
        raise EisError(
            f"{column}: a cursor is a day, a moment or a number that grows with every change; this is {column.type}."
        )
    if high is None:
        return None
    if kind in (dt.datetime, dt.date):
        since = dt.datetime.fromisoformat(high) if kind is dt.datetime else dt.date.fromisoformat(high)
        return column >= since - dt.timedelta(lag_days)
    return column >= kind(high)  # the last value again: rows of the same one may have come since


def say(value: Any, where: str) -> str:
    """A value as a CSV file has it.

    Raises:
        EisError: it is bytes.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes | bytearray | memoryview):
        raise EisError(f"{where}: a listed column holds bytes, which are no text. Take it out of the columns.")
    return str(value)


@contextmanager
def open_csv(path: Path, mode: str) -> Iterator[TextIO]:
    """A CSV file, compressed if its name says so; the same rows give the same bytes."""
    with path.open(f"{mode}b") as file:
        is_compressed = ".gz" in path.suffixes
        plain = gzip.GzipFile("", mode=f"{mode}b", fileobj=file, mtime=0) if is_compressed else file
        with io.TextIOWrapper(plain, encoding="utf-8", newline="") as text:
            yield text
        plain.close()


def read_file(path: Path) -> Iterator[list[str]]:
    """The rows of an earlier extraction."""
    with open_csv(path, "r") as file:
        rows = csv.reader(file, strict=True)
        next(rows)
        yield from rows


def read_manifest(folder: Path) -> dict[str, Extraction]:
    """What the files in a folder were extracted from; nothing where there is none."""
    path = folder / MANIFEST
    if not path.exists():
        return {}
    return {name: Extraction(**entry) for name, entry in json.loads(path.read_text(encoding="utf-8"))["tables"].items()}


def write_manifest(folder: Path, url: str, entries: dict[str, Extraction]) -> None:
    """Put a manifest in the place of the one before, or leave that."""
    path = folder / MANIFEST
    part = path.with_name(f"{MANIFEST}.part")
    content = {"source": url, "tables": {name: asdict(entry) for name, entry in entries.items()}}
    part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    os.replace(part, path)  # noqa: PTH105
