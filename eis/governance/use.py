"""What people do with a list: reviews of listed officers, and interventions.

Belongs here: calls of the functions of schema `governance` that enter and read them. Does not: who may enter what, or
what is valid, which PostgreSQL checks (`governance.record_review` and its like).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row


@dataclass(frozen=True)
class DueReview:
    """An officer who was to be reviewed, and how far that is."""

    officer_id: str
    full_name: str | None
    unit_id: str | None
    outcome: str
    as_of_date: dt.date
    list_id: int
    review_due_on: dt.date
    status: str
    review_no: int | None
    reviewed_on: dt.date | None
    reviewed_by: str | None
    agrees: bool | None
    action: str | None
    why_none: str | None

    @property
    def is_waiting(self) -> bool:
        """Whether the officer can and has to be reviewed now."""
        return self.status in ("open", "overdue")


@dataclass(frozen=True)
class Intervention:
    """What was begun for an officer, and how it ended if it did."""

    intervention_no: int
    officer_id: str
    unit_id: str | None
    kind: str
    review_no: int | None
    started_on: dt.date
    recorded_by: str
    ended_on: dt.date | None
    result: str | None


def record_review(
    connection: psycopg.Connection,
    officer: str,
    agrees: bool,
    action: str,
    why_none: str | None,
    agreed_reasons: Sequence[int],
    doubted_reasons: Sequence[int],
) -> int:
    """Review a listed officer as the connection's login; the review's number."""
    row = connection.execute(
        "select governance.record_review(%s, %s, %s, %s, %s::integer[], %s::integer[])",
        [officer, agrees, action, why_none, list(agreed_reasons), list(doubted_reasons)],
    ).fetchone()
    return int(row[0]) if row else 0


def list_reviews(connection: psycopg.Connection) -> list[DueReview]:
    """Reviews that are due or done, of the units that the login sees; that they were read is recorded."""
    with connection.cursor(row_factory=class_row(DueReview)) as cursor:
        return cursor.execute("select * from governance.read_reviews()").fetchall()


def record_intervention(
    connection: psycopg.Connection, officer: str, kind: str, started_on: dt.date | None, review: int | None
) -> int:
    """Enter that an intervention began, today if not said otherwise; its number."""
    row = connection.execute(
        "select governance.record_intervention(%s, %s, %s, %s)", [officer, kind, started_on, review]
    ).fetchone()
    return int(row[0]) if row else 0


def end_intervention(connection: psycopg.Connection, number: int, result: str, ended_on: dt.date | None) -> None:
    """Enter that an intervention ended, today if not said otherwise."""
    connection.execute("select governance.end_intervention(%s, %s, %s)", [number, result, ended_on])


def list_interventions(connection: psycopg.Connection) -> list[Intervention]:
    """Interventions in the units that the login sees, the latest first."""
    with connection.cursor(row_factory=class_row(Intervention)) as cursor:
        return cursor.execute("select * from governance.read_interventions()").fetchall()
