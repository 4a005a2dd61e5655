"""Following lists up: once what came of everybody is decided, did being listed make a difference?

Belongs here: which lists can be looked at, and what is said of each measure. Does not: the estimates (`ml.effect`).

Lists that were replayed and never issued are followed up beside the issued ones. Nobody acted on those, so what is
found at their end is the method's own error, on the department's own data.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from psycopg import sql

from ml import warehouse
from ml.effect import CANNOT_TELL, LARGE, LEAST_OFFICERS, Change, Jump, compare_change, estimate_jump, judge
from ml.registry import identify_audit
from ml.warehouse.followup import (
    ISSUED,
    REPLAYED,
    Followed,
    FollowedList,
    Reals,
    find_day_of_decision,
    has_followup,
    list_issued_lists,
    list_replayed_lists,
    read_followed,
)

ISSUED_LISTS, NEVER_ISSUED = "issued", "never issued"
OUTCOME, BEFORE = "outcome", "outcome before"
TOO_EARLY = "too early"


@dataclass(frozen=True)
class Plan:
    """Which lists are followed up, for how long."""

    outcome: str
    horizon_months: int
    capacity: int


@dataclass(frozen=True)
class EffectRow:
    """One row of ml.list_effects."""

    followup_id: str
    outcome: str
    horizon_months: int
    list_kind: str
    measure: str
    n_lists: int
    first_as_of_date: dt.date | None
    last_as_of_date: dt.date | None
    n_listed_officers: int
    verdict: str
    explanation: str
    level: float | None = None
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    detectable_difference: float | None = None
    bandwidth: float | None = None
    n_listed_near: int | None = None
    n_unlisted_near: int | None = None
    listed_before: float | None = None
    listed_after: float | None = None
    next_before: float | None = None
    next_after: float | None = None
    change_difference: float | None = None
    change_difference_low: float | None = None
    change_difference_high: float | None = None


def follow_up(connection: warehouse.Connection, plan: Plan, data_version: str) -> list[EffectRow]:
    """Follow up what can be, unless that was done with the same lists and data; the rows that were appended."""
    warehouse.ensure_registry(connection)
    rows: list[EffectRow] = []
    for kind, members, found in (
        (ISSUED_LISTS, ISSUED, list_issued_lists(connection, plan.outcome, plan.horizon_months)),
        (NEVER_ISSUED, REPLAYED, list_replayed_lists(connection, plan.outcome, plan.horizon_months)),
    ):
        identity = {
            "kind": kind,
            "outcome": plan.outcome,
            "horizon_months": plan.horizon_months,
            "capacity": plan.capacity,
            "lists": [(one.list_id, one.is_decided) for one in found],
        }
        followup_id = identify_audit(data_version, identity)
        if not has_followup(connection, followup_id):
            rows += follow_up_kind(connection, plan, kind, members, found, followup_id)
    with connection.transaction():
        warehouse.append_rows(connection, "list_effects", EffectRow, rows)
    return rows


def follow_up_kind(
    connection: warehouse.Connection,
    plan: Plan,
    kind: str,
    members: sql.Composable,
    found: Sequence[FollowedList],
    followup_id: str,
) -> list[EffectRow]:
    """Every measure of one kind of list; one row that says why, where there is nothing to look at yet."""
    usable = [one for one in found if one.is_decided and one.is_by_score]
    dates = [one.as_of_date for one in usable]
    head = (followup_id, plan.outcome, plan.horizon_months, kind)
    span = (len(usable), min(dates, default=None), max(dates, default=None))
    if not usable:
        return [EffectRow(*head, OUTCOME, *span, 0, TOO_EARLY, say_too_early(connection, plan, found))]
    followed = read_followed(
        connection, members, [one.list_id for one in usable], plan.outcome, plan.horizon_months, plan.capacity
    )
    n_officers = len(np.unique(followed.officers[followed.is_listed]))
    left_out = len([one for one in found if one.is_decided]) - len(usable)
    note = f" {left_out} lists whose places were shared out among groups are left out." if left_out else ""
    return [
        describe(head, measure, span, n_officers, followed, values, usual, note)
        for measure, values, usual in list_measures(followed)
    ]


def list_measures(followed: Followed) -> Iterator[tuple[str, Reals, float | None]]:
    """Measure, its values by row and, where it is not the level at the list's end, what is usual.

    The outcome before is a check: no list can have changed it. Activity is looked at as a change, because officers
    differ in it far more than a list could ever make them.
    """
    yield OUTCOME, followed.after[OUTCOME], None
    yield BEFORE, followed.before[OUTCOME], None
    for measure in followed.after:
        if measure != OUTCOME:
            before = followed.before[measure]
            usual = float(before[~followed.is_listed].mean()) if (~followed.is_listed).any() else 0.0
            yield measure, followed.after[measure] - before, usual


def describe(
    head: tuple[str, str, int, str],
    measure: str,
    span: tuple[int, dt.date | None, dt.date | None],
    n_officers: int,
    followed: Followed,
    values: Reals,
    usual: float | None,
    note: str,
) -> EffectRow:
    """One measure: the jump at the list's end, and the change beside it."""
    jump = estimate_jump(followed.distance, followed.is_listed, values, followed.officers)
    if jump is None:
        words = f"Either side of the list's end needs {LEAST_OFFICERS} officers with different scores."
        return EffectRow(*head, measure, *span, n_officers, CANNOT_TELL, words + note)
    level = max(0.0, jump.level) if usual is None else usual  # a line may go below what can be
    verdict = judge(jump.difference, level)
    change = None
    if measure != BEFORE:
        rows = followed.is_listed | followed.is_next
        change = compare_change(
            followed.before[measure][rows],
            followed.after[measure][rows],
            followed.is_listed[rows],
            followed.officers[rows],
        )
    return EffectRow(
        *head,
        measure,
        *span,
        n_officers,
        verdict,
        explain(verdict, jump, level) + note,
        level,
        *jump.difference,
        jump.detectable,
        jump.bandwidth,
        jump.n_listed,
        jump.n_unlisted,
        *flatten(change),
    )


def flatten(change: Change | None) -> Sequence[float | None]:
    """Its figures in the order of the columns."""
    return (*change[:4], *change.difference) if change else [None] * 7


def explain(verdict: str, jump: Jump, level: float) -> str:
    """What may be said, and what could have been seen."""
    interval = f"{jump.difference.low:+.3f} to {jump.difference.high:+.3f}"
    could = f"a true difference of {jump.detectable:.3f} would have been seen four times in five"
    usual = f"usual at the list's end is {level:.3f}"
    if verdict == CANNOT_TELL:
        return f"Listed less unlisted is {interval}; {usual}. Too little to tell: only {could}."
    return f"Listed less unlisted is {interval}; {usual}, a third of it {LARGE * level:.3f}; {could}."


def say_too_early(connection: warehouse.Connection, plan: Plan, found: Sequence[FollowedList]) -> str:
    """Why no list can be looked at yet, and from when one can."""
    if not found:
        return "There is no list."
    if any(one.is_decided for one in found):
        return "Every list shared places out among groups: there is no one score at which it ends."
    first = min(one.as_of_date for one in found)
    day = find_day_of_decision(connection, plan.outcome, plan.horizon_months, first)
    return f"What came of the officers of {first}, the first list, is decided from {day} on."
