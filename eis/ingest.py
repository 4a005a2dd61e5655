"""Load of the delivered files into schema `raw`, one table a file, as text and as delivered.

Belongs here: reading CSV files strictly, sending the listed columns to the database, and remembering which file a table
was loaded from. Does not: any judgement on the values (`eis.validation`), names, types and units (`models/staging/`).

A table is replaced whole in one transaction, or not at all. Each row keeps where it came from: `_row` is the line of
the file on which it starts, `_file` the file's name, `_loaded_at` the start of the load. An empty cell is null: a CSV
file cannot tell the two apart. A file whose last line has no line end is accepted, since many exports leave it out: a
plain file cut in the middle of its very last cell does not show the cut (a gzip file always does).
"""

import csv
import gzip
import hashlib
import io
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

import psycopg
from psycopg import sql

from eis.department import Department, RawTable
from eis.errors import EisError

CHUNK_ROWS = 5_000
MAX_NAME = 63  # PostgreSQL cuts longer names without a word

# COPY's text format, in which the four characters that mean something are escaped.
ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})

IN_UTF_8 = "Deliver the file as CSV in UTF-8: in Excel, save as 'CSV UTF-8'; elsewhere, iconv -f WINDOWS-1252 -t UTF-8."

Row = tuple[str, ...]
Progress = Callable[[str, float], None]  # raw table, share of its file that has been read

CREATE_BOOKKEEPING = """
create schema if not exists raw;
create table if not exists raw._loads (
    table_name text primary key,
    file_name text not null,
    sha256 text not null,
    columns text[] not null,
    row_count bigint not null,
    loaded_at timestamptz not null default now()
);
comment on table raw._loads is 'What each raw table was loaded from. One row per raw table.';
"""


@dataclass(frozen=True)
class RawLoad:
    """What became of one raw table."""

    table: str
    file: str
    sha256: str
    rows: int
    was_loaded: bool
    seconds: float


def load_raw_tables(
    connection_url: str, department: Department, folder: Path, on_progress: Progress | None = None
) -> list[RawLoad]:
    """Load every raw table of a department whose file or list of columns has changed.

    Raises:
        EisError: see `load_raw_table`; tables before the faulty one are loaded, the others are as they were.
    """
    return [
        load_raw_table(connection_url, name, table, folder, on_progress)
        for name, table in department.raw_tables.items()
    ]


def load_raw_table(
    connection_url: str, name: str, table: RawTable, folder: Path, on_progress: Progress | None = None
) -> RawLoad:
    """Replace one raw table by its file's content, unless it holds that already.

    Raises:
        EisError: the file is missing, empty, cut or broken, lacks a listed column, or is not UTF-8;
            names file, line and column. The table is as it was.
    """
    started = time.monotonic()
    check_names(name, table)
    path = find_file(folder, table.file)
    with path.open("rb") as file, psycopg.connect(connection_url, client_encoding="utf8") as connection:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        prepare_bookkeeping(connection)
        lock(connection, f"raw.{name}")
        rows = find_load(connection, name, table, digest)
        if was_loaded := rows is None:
            file.seek(0)
            prepare_table(connection, name, table)
            rows = copy_rows(connection, name, table, file, on_progress)
            record_load(connection, name, table, digest, rows)
    if on_progress:
        on_progress(name, 1.0)
    return RawLoad(name, table.file, digest, rows or 0, was_loaded, time.monotonic() - started)


def check_names(name: str, table: RawTable) -> None:
    """Refuse headers that do not give distinct column names.

    Raises:
        EisError: names the table and the headers.
    """
    where = f"raw_tables.{name}.columns of department.yml"
    if not table.columns:
        raise EisError(f"{where} is empty: list the headers to load.")
    if unusable := [header for header, column in table.names.items() if not 0 < len(column) <= MAX_NAME]:
        raise EisError(f"{where}: {quote(unusable)} cannot be a column name (1 to {MAX_NAME} letters or digits).")
    uses = Counter(table.names[header] for header in table.columns)
    if doubled := [header for header in table.columns if uses[table.names[header]] > 1]:
        raise EisError(f"{where}: {quote(doubled)} would be the same column; keep one of them.")


def find_file(folder: Path, name: str) -> Path:
    """Path of a delivered file, in the folder itself or anywhere below it.

    Raises:
        EisError: there is no such file, or there are several; names the files that look like it.
    """
    path = folder / name
    if path.is_file():
        return path
    if not folder.is_dir():
        raise EisError(f"{path}: the folder {folder} does not exist. Set EIS_RAW_PATH to the folder of the raw files.")
    below = [other for other in sorted(folder.rglob("*")) if other.is_file()]
    found = [other for other in below if other.name == name]
    if len(found) > 1:
        raise EisError(f"{path}: {len(found)} files have this name, {quote(map(str, found))}. Keep one of them.")
    if found:
        return found[0]
    similar = get_close_matches(name, [other.name for other in below])
    hint = f"Similar files there: {quote(similar)}." if similar else "Put it there, or correct department.yml."
    raise EisError(f"{path}: the file is missing. {hint}")


def hash_file(path: Path) -> str:
    """Hash of a file's content, as `raw._loads` keeps it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def prepare_bookkeeping(connection: psycopg.Connection) -> None:
    """Make schema `raw` and its table of loads, and commit: other loads must not wait for this one."""
    lock(connection, "raw")  # `if not exists` alone fails when two sessions create the same thing at once
    connection.execute(CREATE_BOOKKEEPING)
    connection.commit()


def lock(connection: psycopg.Connection, what: str) -> None:
    """Wait until no other transaction holds the lock of this name, then hold it to the end of this transaction."""
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [what])


def find_load(connection: psycopg.Connection, name: str, table: RawTable, digest: str) -> int | None:
    """Rows of the load that already put exactly this into the table, or None."""
    found = connection.execute(
        """
        select row_count
        from raw._loads
        where table_name = %s and file_name = %s and sha256 = %s and columns = %s
            and to_regclass(format('raw.%%I', table_name)) is not null
        """,
        [name, table.file, digest, table.columns],
    ).fetchone()
    return found[0] if found else None


def prepare_table(connection: psycopg.Connection, name: str, table: RawTable) -> None:
    """Empty the table and state its origin; make it anew only when its columns changed: that drops the views on it."""
    target = sql.Identifier("raw", name)
    columns = [*table.names.values(), "_row", "_file", "_loaded_at"]
    if existing_columns(connection, name) == columns:
        connection.execute(sql.SQL("truncate table {}").format(target))
    else:
        connection.execute(sql.SQL("drop table if exists {} cascade").format(target))
        connection.execute(
            sql.SQL("create table {} ({}, _row bigint not null, _file text not null, _loaded_at timestamptz not null)")
            .format(target, sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(c)) for c in columns[:-3]))
        )  # fmt: skip
    # The same in every row of a load, so the server fills them in.
    connection.execute(
        sql.SQL("alter table {} alter _file set default {}, alter _loaded_at set default now()")
        .format(target, sql.Literal(table.file))
    )  # fmt: skip
    origin = f"{table.file} as delivered, all text; _row is the line in the file. One row per record of the file."
    connection.execute(sql.SQL("comment on table {} is {}").format(target, sql.Literal(origin)))


def existing_columns(connection: psycopg.Connection, name: str) -> list[str]:
    """Columns of a raw table in their order; none when there is no such table."""
    rows = connection.execute(
        "select column_name from information_schema.columns where table_schema = 'raw' and table_name = %s"
        " order by ordinal_position",
        [name],
    )
    return [column for (column,) in rows]


def copy_rows(
    connection: psycopg.Connection, name: str, table: RawTable, file: BinaryIO, on_progress: Progress | None
) -> int:
    """Send the listed columns of a file to its emptied table; the number of rows.

    Raises:
        EisError: the file cannot be read as strict CSV in UTF-8.
    """
    path = Path(file.name)
    size = path.stat().st_size
    columns = [sql.Identifier(column) for column in ("_row", *table.names.values())]
    statement = sql.SQL("copy raw.{} ({}) from stdin (freeze, null '')")
    with connection.cursor() as cursor:
        with cursor.copy(statement.format(sql.Identifier(name), sql.SQL(", ").join(columns))) as copy:
            for rows in read_rows(file, path, table.columns, table.separator):
                copy.write(encode(rows, path, table.columns))
                if on_progress:
                    on_progress(name, min(file.tell() / size, 1.0))
        count = cursor.rowcount
        cursor.execute(sql.SQL("analyze raw.{}").format(sql.Identifier(name)))
    return count


def record_load(connection: psycopg.Connection, name: str, table: RawTable, digest: str, rows: int) -> None:
    """Remember what the table now holds."""
    connection.execute(
        """
        insert into raw._loads (table_name, file_name, sha256, columns, row_count)
        values (%s, %s, %s, %s, %s)
        on conflict (table_name) do update set
            file_name = excluded.file_name,
            sha256 = excluded.sha256,
            columns = excluded.columns,
            row_count = excluded.row_count,
            loaded_at = excluded.loaded_at
        """,
        [name, table.file, digest, table.columns, rows],
    )


def read_rows(file: BinaryIO, path: Path, headers: list[str], separator: str = ",") -> Iterator[list[Row]]:
    """Chunks of rows: the line on which the row starts, then the cells under `headers`. Blank lines are no rows.

    Bytes that are not UTF-8 come through as surrogates, for `encode` to find: in a column that is not loaded they are
    nobody's fault.

    Raises:
        EisError: the file is empty, cut, or not strict CSV; names line and column.
    """
    plain = gzip.GzipFile(fileobj=file) if path.suffix == ".gz" else file
    text = io.TextIOWrapper(plain, encoding="utf-8-sig", errors="surrogateescape", newline="")
    reader = csv.reader(text, delimiter=separator, strict=True)
    line = 1
    rows: list[Row] = []
    try:
        header = next(reader, None)
        if not header:
            raise EisError(f"{path}: the file is empty. Deliver it again, with a header line.")
        width = len(header)
        pick = itemgetter(-1, *find_columns(path, header, headers))
        line = reader.line_num + 1
        for row in reader:
            if len(row) == width:
                row.append(str(line))
                rows.append(pick(row))
                if len(rows) == CHUNK_ROWS:
                    yield rows
                    rows = []
            elif row:
                raise EisError(describe_broken_row(path, line, header, len(row)))
            line = reader.line_num + 1
    except csv.Error as error:
        raise EisError(
            f"{path}, line {line}: the row that starts here is broken ({error}). "
            "A quote that is opened but not closed, or a file cut in the middle: deliver it again."
        ) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise EisError(
            f"{path}, near line {line}: the gzip file is cut or damaged ({error}). Deliver it again."
        ) from error
    finally:
        text.detach()  # the caller opened the file, and closes it
    if rows:
        yield rows


def read_header(path: Path, separator: str = ",") -> list[str]:
    """The header line of a file.

    Raises:
        EisError: the file is empty or cut, or its first line is not UTF-8 text.
    """
    try:
        with path.open("rb") as file:
            plain = gzip.GzipFile(fileobj=file) if path.suffix == ".gz" else file
            # What follows the first line is for `read_rows` to judge.
            text = io.TextIOWrapper(plain, encoding="utf-8-sig", errors="surrogateescape", newline="")
            header = next(csv.reader(text, delimiter=separator, strict=True), None)
        "".join(header or []).encode()
    except (UnicodeEncodeError, csv.Error) as error:
        raise EisError(f"{path}, line 1: not UTF-8 text. {IN_UTF_8}") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise EisError(f"{path}: the gzip file is cut or damaged ({error}). Deliver it again.") from error
    if not header:
        raise EisError(f"{path}: the file is empty. Deliver it again, with a header line.")
    return header


def find_columns(path: Path, header: list[str], wanted: list[str]) -> list[int]:
    """Positions of the wanted headers in the file's header line.

    Raises:
        EisError: a wanted header is missing or stands there twice, or the line is not UTF-8 text.
    """
    try:
        "".join(header).encode()
    except UnicodeEncodeError as error:
        raise EisError(f"{path}, line 1: not UTF-8 text. {IN_UTF_8}") from error
    uses = Counter(header)
    if doubled := [name for name in wanted if uses[name] > 1]:
        raise EisError(f"{path}, line 1: {quote(doubled)} stands there more than once; which is meant is not certain.")
    if missing := [name for name in wanted if name not in uses]:
        lines = "".join(f"\n  {name!r}{suggest(name, header)}" for name in missing)
        raise EisError(
            f"{path}, line 1: needed columns are missing. Mend the file, or the list in department.yml:{lines}"
        )
    return [header.index(name) for name in wanted]


def suggest(name: str, header: list[str]) -> str:
    """The headers that look most like a missing one, as the end of its line."""
    spellings = {other.strip().lower(): other for other in header}
    similar = [spellings[match] for match in get_close_matches(name.lower(), list(spellings))]
    return f": similar there: {quote(similar)}" if similar else ""


def describe_broken_row(path: Path, line: int, header: list[str], found: int) -> str:
    """What to tell of a row with too few or too many fields."""
    place = f"nothing for {header[found]!r} and after" if found < len(header) else f"more after {header[-1]!r}"
    return (
        f"{path}, line {line}: {found} fields where the header has {len(header)}, {place}. "
        "A delimiter inside an unquoted text, or a file cut in the middle: deliver it again."
    )


def encode(rows: list[Row], path: Path, headers: list[str]) -> bytes:
    """Rows as COPY's text format.

    Raises:
        EisError: a cell is not UTF-8 or holds a NUL byte, which no database text can; names line and column.
    """
    text = "\n".join(map("\t".join, rows)) + "\n"
    is_plain = text.count("\n") == len(rows) and text.count("\t") == len(rows) * len(headers)
    if not is_plain or "\\" in text or "\r" in text:  # escaping cell by cell is slow, and seldom needed
        text = "".join("\t".join(cell.translate(ESCAPES) for cell in row) + "\n" for row in rows)
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise EisError(describe_bad_cell(rows, path, headers)) from error
    if b"\0" in data:
        raise EisError(describe_bad_cell(rows, path, headers))
    return data


def describe_bad_cell(rows: list[Row], path: Path, headers: list[str]) -> str:
    """What to tell of the first cell that PostgreSQL could not hold."""
    for line, *cells in rows:
        for header, cell in zip(headers, cells, strict=True):
            if "\0" in cell:
                return f"{path}, line {line}, column {header!r}: a NUL byte. Deliver the file as plain CSV in UTF-8."
            if not cell.isascii() and any("\ud800" <= character <= "\udfff" for character in cell):
                return f"{path}, line {line}, column {header!r}: not UTF-8. {IN_UTF_8}"
    raise AssertionError("every cell is fine")


def quote(names: Iterable[str]) -> str:
    """Names for a message."""
    return ", ".join(map(repr, names))
