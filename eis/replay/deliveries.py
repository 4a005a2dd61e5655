"""The raw files of a past month as the sources would have exported them then.

The whole history is loaded once into a database of its own. For each month its raw tables are taken back to the day, by
the department's own `as_it_stood.sql`, changed as the story asks, and written as files; then all of that is undone.

Belongs here: making a month's files. Does not: what is wrong with them (`story`).
"""

import datetime as dt
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import psycopg
from psycopg import sql

from eis.department import Department, RawTable
from eis.ingest import load_raw_tables


def keep_history(url: str, department: Department, folder: Path) -> None:
    """Load the whole history, unless it is there."""
    load_raw_tables(url, department, folder)


def deliver(url: str, department: Department, cut: str, as_of: dt.date, spoils: str, folder: Path) -> None:
    """Write every raw file as it stood on the first instant of a day, with what the sources did to it that month.

    `cut` is the SQL that takes schema `raw` back to the day `:as_of`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with psycopg.connect(url) as connection, connection.transaction(force_rollback=True):
        connection.execute(cut.replace(":as_of", f"'{as_of}'").encode())
        if spoils:
            connection.execute(spoils.encode())
        for name, table in department.raw_tables.items():
            write_file(connection, name, table, folder / table.file)


def write_file(connection: psycopg.Connection, name: str, table: RawTable, path: Path) -> None:
    """One raw table as a file, under the headers that its source uses."""
    columns = [
        sql.SQL("{} as {}").format(sql.Identifier(column), sql.Identifier(header))
        for header, column in table.names.items()
    ]
    statement = sql.SQL("copy (select {} from {} order by _row) to stdout (format csv, header, delimiter {})").format(
        sql.SQL(", ").join(columns), sql.Identifier("raw", name), sql.Literal(table.separator)
    )
    with open_file(path) as file, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for block in copy:
            file.write(block)


@contextmanager
def open_file(path: Path) -> Iterator[BinaryIO | gzip.GzipFile]:
    """A file to write to, compressed if its name says so; the same content gives the same bytes."""
    with path.open("wb") as plain:
        if path.suffix == ".gz":
            with gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=plain, mtime=0) as compressed:
                yield compressed
        else:
            yield plain


def cut_file(path: Path) -> None:
    """Leave the first half of a file, up to the middle of a row."""
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b",", len(content) // 2)])
