"""Reading what models learn from: the features, the cohort's dates, the labels.

Wide tables are read with binary COPY into arrays: every column is cast to a width that does not vary, so rows are
parsed by numpy and not one by one.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import sql

from ml.errors import ModellingError
from ml.matrices import RULES_TRIGGERED, Dates, Ids, Labels, Matrix, locate, refuse_protected
from ml.warehouse.connection import Connection

KEYS = ("officer_id", "as_of_date")
POSTGRES_EPOCH = np.datetime64("2000-01-01")
LONG_AGO, NEVER = dt.date(1, 1, 1), dt.date(9999, 12, 31)
COPY_HEADER, COPY_TRAILER = 19, 2
PARSE_BYTES = 16 << 20


@dataclass(frozen=True)
class Column:
    """An expression whose binary form has the same width in every row."""

    name: str
    expression: sql.Composable
    dtype: str


def list_features(connection: Connection) -> list[str]:
    """The columns of officer_features that models may use, by name.

    Raises:
        ModellingError: there are none, one is protected, or one is not a number or not in the catalogue.
    """
    columns = connection.execute(
        """
        select columns.column_name, columns.data_type, catalog.feature_name is not null
        from information_schema.columns
        left join features.feature_catalog as catalog on columns.column_name = catalog.feature_name
        where columns.table_schema = 'features' and columns.table_name = 'officer_features'
            and columns.column_name <> all(%s)
        order by columns.column_name collate "C"
        """,
        [list(KEYS)],
    ).fetchall()
    names = [name for name, _, _ in columns]
    if not names:
        raise ModellingError("features.officer_features has no feature. Build the dbt models before training.")
    refuse_protected(names)
    numeric = ("smallint", "integer", "bigint", "real", "double precision", "numeric")
    if wrong := [f"{name} ({kind})" for name, kind, _ in columns if kind not in numeric]:
        raise ModellingError(f"features.officer_features has columns that are not numbers: {', '.join(wrong)}.")
    if unknown := [name for name, _, is_known in columns if not is_known]:
        raise ModellingError(f"features.feature_catalog does not have these columns: {', '.join(unknown)}.")
    return names


def list_as_of_dates(connection: Connection) -> list[dt.date]:
    """The as-of dates for which there are features, ascending.

    Raises:
        ModellingError: there are none.
    """
    rows = connection.execute("select distinct as_of_date from features.officer_cohort order by as_of_date").fetchall()
    if not rows:
        raise ModellingError(
            "features.officer_cohort is empty. Check the cohort and the as-of dates of the department."
        )
    return [date for (date,) in rows]


def list_horizons(connection: Connection) -> list[int]:
    """The windows that are labelled, in months, ascending."""
    rows = connection.execute("select distinct horizon_months from labels.officer_labels order by horizon_months")
    return [months for (months,) in rows]


def read_matrix(connection: Connection, features: Sequence[str], dates: Iterable[dt.date]) -> Matrix:
    """Officers' features as float32 at these as-of dates; RULES_TRIGGERED among them is read from threshold_flags."""
    source = "features.officer_features"
    if RULES_TRIGGERED in features:
        source += " inner join features.threshold_flags using (officer_id, as_of_date)"
    table = sql.SQL("{} where as_of_date = any({})").format(sql.SQL(source), sql.Literal(sorted(dates)))
    with connection.transaction():
        # Keys first: they say where each row goes, whatever order the server sends rows in.
        connection.execute("set transaction isolation level repeatable read, read only")
        keys = _key_columns(connection)
        chunks = list(_copy_out(connection, keys, table))
        officers, dates = _sort_keys(_stack(chunks, "officer"), _decode_dates(_stack(chunks, "date")))
        values = np.empty((len(officers), len(features)), dtype=np.float32, order="F")
        numbers = [Column(f"f{i}", _as_real(name), ">f4") for i, name in enumerate(features)]
        for chunk in _copy_out(connection, [*keys, *numbers], table):
            rows = locate(chunk["officer"], _decode_dates(chunk["date"]), officers, dates)
            values[rows] = _take_numbers(chunk, len(features))
    return Matrix(values, officers, dates, tuple(features))


def read_labels(connection: Connection, outcome: str, horizon_months: int, matrix: Matrix) -> Labels:
    """One outcome's labels in the order of the matrix.

    Raises:
        ModellingError: a row of the matrix has no label.
    """
    columns = [
        *_key_columns(connection),
        Column("is_positive", sql.SQL("(label_status = 'positive')::int"), ">i4"),
        Column("is_decided", sql.SQL("(label_status <> 'pending')::int"), ">i4"),
        Column("known_on", sql.SQL("coalesce(known_on, {})").format(sql.Literal(NEVER)), ">i4"),
        Column("last_decided_on", sql.SQL("coalesce(last_decided_on, {})").format(sql.Literal(LONG_AGO)), ">i4"),
    ]
    table = sql.SQL(
        "labels.officer_labels "
        "left join labels.label_decisions using (officer_id, as_of_date, outcome, horizon_months) "
        "where outcome = {} and horizon_months = {} and as_of_date = any({})"
    ).format(
        sql.Literal(outcome), sql.Literal(horizon_months), sql.Literal([day.item() for day in np.unique(matrix.dates)])
    )
    chunks = list(_copy_out(connection, columns, table))
    rows = locate(_stack(chunks, "officer"), _decode_dates(_stack(chunks, "date")), matrix.officers, matrix.dates)
    is_wanted = rows >= 0
    if is_wanted.sum() != len(matrix.officers):
        raise ModellingError(
            f"labels.officer_labels has outcome '{outcome}' with horizon {horizon_months} for {is_wanted.sum():,} of "
            f"the {len(matrix.officers):,} rows of features.officer_features. "
            "Build the dbt models of labels and features together."
        )
    order = np.argsort(rows[is_wanted])
    is_positive, is_decided, known_on, last_decided_on = (
        _stack(chunks, name)[is_wanted][order] for name in ("is_positive", "is_decided", "known_on", "last_decided_on")
    )
    return Labels(
        outcome,
        is_positive.astype(bool),
        is_decided.astype(bool),
        _decode_dates(known_on),
        _decode_dates(last_decided_on),
    )


def _key_columns(connection: Connection) -> list[Column]:
    """Officer and date at a fixed width: the identifier as bytes, filled up with zeros."""
    row = connection.execute("select max(octet_length(officer_id)) from features.officer_features").fetchone()
    width = (row and row[0]) or 1
    officer = sql.SQL(
        "substring(convert_to(officer_id, 'UTF8') || decode(repeat('00', {0}), 'hex') from 1 for {0})"
    ).format(sql.Literal(width))
    return [Column("officer", officer, f"S{width}"), Column("date", sql.SQL("as_of_date"), ">i4")]


def _as_real(name: str) -> sql.Composable:
    return sql.SQL("coalesce(cast({} as real), 'NaN')").format(sql.Identifier(name))


def _copy_out(
    connection: Connection, columns: Sequence[Column], table: sql.Composable
) -> Iterator[npt.NDArray[np.void]]:
    """Rows of a query as structured arrays, some megabytes at a time.

    In COPY's binary format a row is the number of its fields, then each field's length and bytes.
    """
    row = np.dtype(
        [("n_fields", ">i2")]
        + [part for column in columns for part in ((f"{column.name}_length", ">i4"), (column.name, column.dtype))]
    )
    query = sql.SQL("copy (select {} from {}) to stdout (format binary)").format(
        sql.SQL(", ").join(column.expression for column in columns), table
    )
    buffer, skip = bytearray(), COPY_HEADER
    with connection.cursor().copy(query) as copy:
        for block in copy:
            buffer += block
            if len(buffer) > PARSE_BYTES:
                n = (len(buffer) - skip) // row.itemsize
                yield _parse(bytes(buffer[skip : skip + n * row.itemsize]), row, columns)
                del buffer[: skip + n * row.itemsize]
                skip = 0
    yield _parse(bytes(buffer[skip:-COPY_TRAILER]), row, columns)


def _parse(content: bytes, row: np.dtype[np.void], columns: Sequence[Column]) -> npt.NDArray[np.void]:
    """Rows of one chunk; a width that varies would shift everything after it, so widths are checked."""
    rows = np.frombuffer(content, dtype=row)
    for column in columns:
        if (rows[f"{column.name}_length"] != row[column.name].itemsize).any():
            raise ModellingError(f"Reading {column.name}: a value has an unexpected width, which should be impossible.")
    return rows


def _take_numbers(chunk: npt.NDArray[np.void], n: int) -> npt.NDArray[np.float32]:
    """The last n columns of a chunk, lengths left out, as native float32."""
    pair = np.dtype([("length", ">i4"), ("value", ">f4")])
    tail = chunk.view(np.uint8).reshape(len(chunk), chunk.itemsize)[:, -n * pair.itemsize :]
    return np.ascontiguousarray(tail).view(pair)["value"].astype(np.float32)


def _stack(chunks: Sequence[npt.NDArray[np.void]], name: str) -> npt.NDArray[Any]:
    return np.concatenate([chunk[name] for chunk in chunks])


def _decode_dates(days: npt.NDArray[Any]) -> Dates:
    return POSTGRES_EPOCH + days.astype(np.int64).astype("timedelta64[D]")


def _sort_keys(officers: Ids, dates: Dates) -> tuple[Ids, Dates]:
    order = np.lexsort((officers, dates))
    return officers[order], dates[order]
