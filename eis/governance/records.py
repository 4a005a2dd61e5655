"""Records that are contested: marking them, and what is left of a mark.

Belongs here: calls of the functions of schema `governance`. Does not: leaving expunged records out (`models/core`), or
what that changes (`eis.consequences`).
"""

import datetime as dt
from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

DISPUTED, EXPUNGED, STANDS = "disputed", "expunged", "stands"


@dataclass(frozen=True)
class Mark:
    """What was done to a record, on whose authority; nothing of the record."""

    mark_no: int
    table_name: str
    record_hash: str
    mark: str
    authority: str
    reason: str
    marked_by: str
    marked_on: dt.date
    marked_at: dt.datetime


def mark_record(connection: psycopg.Connection, table: str, key: str, mark: str, authority: str, reason: str) -> int:
    """Mark a record as the connection's login; PostgreSQL refuses whom the policy does not name. The mark's number."""
    row = connection.execute(
        "select governance.mark_record(%s, %s, %s, %s, %s)", [table, key, mark, authority, reason]
    ).fetchone()
    return int(row[0]) if row else 0


def list_marks(connection: psycopg.Connection) -> list[Mark]:
    """Every mark that was set, the latest first."""
    with connection.cursor(row_factory=class_row(Mark)) as cursor:
        return cursor.execute("select * from governance.record_marks order by mark_no desc").fetchall()
