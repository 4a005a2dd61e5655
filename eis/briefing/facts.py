"""What a briefing says in figures and words of others: read as the person who asks, and so on record.

Belongs here: queries and the rows that they give. Does not: sentences (`page`, and the templates).

Everything about single officers comes from the `visible_` views and `governance.read_reviews()`: they show what the
login may see, and write down that it was read.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

from eis.errors import EisError
from eis.governance.use import DueReview, list_reviews

LIST = """
select
    lists.list_id, lists.outcome, lists.as_of_date, lists.n_officers, lists.n_on_list, lists.approval,
    lists.approved_by, lists.review_due_on, lists.valid_until, certainty.n_clear, certainty.n_likely, certainty.n_tie,
    certainty.is_told, certainty.why, record.horizon_months, record.n_test_dates, record.first_test_date,
    record.last_test_date, record.precision_of_lists, record.recall_of_lists, record.base_rate,
    record.precision_low, record.precision_high
from scores.published_lists as lists
inner join scores.list_certainty as certainty using (list_id)
inner join scores.list_track_record as record using (list_id)
where lists.status = 'current' and lists.outcome = %s
"""
UNITS = """
select unit_id, n_officers, n_on_list, n_clear, n_likely, n_new, n_left, earlier_as_of_date
from scores.list_movements where list_id = %s
order by unit_id
"""
OFFICERS = """
select
    officer_id, full_name, unit_id, rank, is_on_list, review_due_on, certainty, rank_lower, rank_upper,
    rank_at_typical_assignment, previous_as_of_date, previous_rank, was_on_list
from scores.visible_officer_summary where outcome = %s
order by rank
"""
REASONS = """
select officer_id, direction, reason_rank, sentence, scope, n_evidence, leaves_list_if_typical
from scores.visible_officer_reasons where outcome = %s
order by officer_id, direction, reason_rank
"""
EVIDENCE = """
select officer_id, direction, reason_rank, event_table, event_id, happened_on, known_on, is_disputed
from scores.visible_officer_evidence where outcome = %s
order by officer_id, direction, reason_rank, evidence_number
"""


@dataclass(frozen=True)
class PublishedList:
    """The current list of an outcome, how sure it is, and what lists like it were good for."""

    list_id: int
    outcome: str
    as_of_date: dt.date
    n_officers: int
    n_on_list: int
    approval: str
    approved_by: str
    review_due_on: dt.date | None
    valid_until: dt.date
    n_clear: int
    n_likely: int
    n_tie: int
    is_told: bool
    why: str
    horizon_months: int
    n_test_dates: int
    first_test_date: dt.date | None
    last_test_date: dt.date | None
    precision_of_lists: float | None
    recall_of_lists: float | None
    base_rate: float | None
    precision_low: float | None
    precision_high: float | None


@dataclass(frozen=True)
class Unit:
    """One unit's part of a list."""

    unit_id: str
    n_officers: int
    n_on_list: int
    n_clear: int
    n_likely: int
    n_new: int
    n_left: int
    earlier_as_of_date: dt.date | None


@dataclass(frozen=True)
class Officer:
    """One officer's place, now and on the list before."""

    officer_id: str
    full_name: str | None
    unit_id: str
    rank: int
    is_on_list: bool
    review_due_on: dt.date | None
    certainty: str
    rank_lower: int
    rank_upper: int
    rank_at_typical_assignment: int
    previous_as_of_date: dt.date | None
    previous_rank: int | None
    was_on_list: bool | None


@dataclass(frozen=True)
class Reason:
    """A measure that moves an officer's score, in words."""

    officer_id: str
    direction: str
    reason_rank: int
    sentence: str
    scope: str
    n_evidence: int | None
    leaves_list_if_typical: bool | None


@dataclass(frozen=True)
class Evidence:
    """A record behind a reason."""

    officer_id: str
    direction: str
    reason_rank: int
    event_table: str
    event_id: str
    happened_on: dt.date | None
    known_on: dt.date
    is_disputed: bool


@dataclass(frozen=True)
class CommandFacts:
    """What the page for command says; it names no officer."""

    published: PublishedList
    units: Sequence[Unit]
    reviews: Counter[str]
    refusal: str | None
    retraining_due: str | None


@dataclass(frozen=True)
class Visible:
    """What a login may see of single officers on a list."""

    published: PublishedList
    officers: Sequence[Officer]
    reasons: Sequence[Reason]
    evidence: Sequence[Evidence]
    reviews: Sequence[DueReview]


def find_current(connection: psycopg.Connection, outcome: str) -> PublishedList:
    """The current list of an outcome.

    Raises:
        EisError: there is none.
    """
    with connection.cursor(row_factory=class_row(PublishedList)) as cursor:
        published = cursor.execute(LIST, [outcome]).fetchone()
    if published is None:
        raise EisError(f"No list of '{outcome}' is current, so there is nothing to brief about. See: eis scores status")
    return published


def may_read(connection: psycopg.Connection, table: str) -> bool:
    """Whether the login was granted a table or view."""
    row = connection.execute(
        "select coalesce(has_table_privilege(to_regclass(%s), 'select'), false)", [table]
    ).fetchone()
    return bool(row and row[0])


def read_for_command(connection: psycopg.Connection, published: PublishedList) -> CommandFacts:
    """The list by unit, what is due, and what the gate said since."""
    with connection.cursor(row_factory=class_row(Unit)) as cursor:
        units = cursor.execute(UNITS, [published.list_id]).fetchall()
    reviews = connection.execute(
        "select status, count(*) from governance.due_reviews where list_id = %s group by status", [published.list_id]
    ).fetchall()
    last = connection.execute(
        "select refusal, retraining_due from governance.publication_decisions where outcome = %s"
        " order by decision_no desc limit 1",
        [published.outcome],
    ).fetchone()
    refusal, retraining_due = last or (None, None)
    return CommandFacts(published, units, Counter(dict(reviews)), refusal, retraining_due)


def read_visible(connection: psycopg.Connection, published: PublishedList) -> Visible:
    """What the login may see of officers, with the reasons and records of those who are on the list.

    Raises:
        EisError: it may see none.
    """
    with connection.cursor(row_factory=class_row(Officer)) as cursor:
        officers = cursor.execute(OFFICERS, [published.outcome]).fetchall()
    if not officers:
        raise EisError(
            "This login sees no officer of the list. Single officers are read with a login of your own, in EIS_USER_URL"
            " (eis access add), and a supervisor's units are given by: eis access units"
        )
    listed = {officer.officer_id for officer in officers if officer.is_on_list}
    with connection.cursor(row_factory=class_row(Reason)) as cursor:
        reasons = [row for row in cursor.execute(REASONS, [published.outcome]) if row.officer_id in listed]
    with connection.cursor(row_factory=class_row(Evidence)) as cursor:
        evidence = [row for row in cursor.execute(EVIDENCE, [published.outcome]) if row.officer_id in listed]
    return Visible(published, officers, reasons, evidence, list_reviews(connection))
