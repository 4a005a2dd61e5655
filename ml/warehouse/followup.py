"""What following lists up reads: who was on them, who came next, and what came of both.

Point in time does not bind here: this looks back. What it waits for instead is that every window is decided, because
bad news comes earlier than the absence of it.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import sql

from ml.fairness import HIGHEST_SCORES
from ml.intervals import Codes
from ml.matrices import Flags
from ml.warehouse.connection import Connection

Reals = npt.NDArray[np.float64]

ACTIVITY = {"arrests": "arrested_at", "stops": "stopped_at"}
NEAR = 4  # officers down to so many times the list's length are looked at

# `n_on_list` officers of an as-of date are on the list; the others follow in their order.
ISSUED = sql.SQL(
    """
    select officer_id, as_of_date, score, rank, is_on_list, n_on_list
    from governance.published_scores
    inner join governance.published_lists using (list_id)
    where list_id = any(%(lists)s)
    """
)
REPLAYED = sql.SQL(
    """
    select officer_id, as_of_date, score, rank, rank <= %(capacity)s as is_on_list, %(capacity)s as n_on_list
    from ml.predictions
    where model_id = any(%(lists)s)
    """
)


@dataclass(frozen=True)
class FollowedList:
    """A list, and whether what came of everybody in its cohort is decided."""

    list_id: str
    as_of_date: dt.date
    is_by_score: bool
    is_decided: bool


@dataclass(frozen=True)
class Followed:
    """Officers on lists and the next ones in their order, a row for each list; before and after by measure."""

    officers: Codes
    is_listed: Flags
    is_next: Flags  # as many as are listed
    distance: Reals  # score less that at the list's end
    before: Mapping[str, Reals]
    after: Mapping[str, Reals]


def list_issued_lists(connection: Connection, outcome: str, horizon_months: int) -> list[FollowedList]:
    """The last list of each as-of date that nobody withdrew."""
    rows = connection.execute(
        """
        select distinct on (as_of_date)
            list_id::text, as_of_date, list_rule = %(rule)s, as_of_date = any(%(decided)s)
        from governance.lists
        where outcome = %(outcome)s and status <> 'withdrawn'
        order by as_of_date, list_id desc
        """,
        {
            "outcome": outcome,
            "rule": HIGHEST_SCORES,
            "decided": list_decided(connection, outcome, horizon_months),
        },
    )
    return [FollowedList(*row) for row in rows]


def list_replayed_lists(connection: Connection, outcome: str, horizon_months: int) -> list[FollowedList]:
    """The lists that the selected model group would have given at the test dates; nobody saw them."""
    rows = connection.execute(
        """
        select models.model_id, models.test_as_of_date, true, models.test_as_of_date = any(%(decided)s)
        from (
            select experiment_id, outcome, model_group from ml.selections
            where outcome = %(outcome)s order by selected_at desc limit 1
        ) as chosen
        inner join ml.experiment_models using (experiment_id)
        inner join ml.models using (model_id, outcome, model_group)
        where models.role = 'test' and models.variation = ''
        order by models.test_as_of_date
        """,
        {"outcome": outcome, "decided": list_decided(connection, outcome, horizon_months)},
    )
    return [FollowedList(*row) for row in rows]


def list_decided(connection: Connection, outcome: str, horizon_months: int) -> list[dt.date]:
    """As-of dates of which no label can change any more."""
    rows = connection.execute(
        "select as_of_date from labels.officer_labels where outcome = %s and horizon_months = %s"
        " group by 1 having bool_and(label_status <> 'pending')",
        [outcome, horizon_months],
    )
    return [date for (date,) in rows]


def find_day_of_decision(connection: Connection, outcome: str, horizon_months: int, as_of: dt.date) -> dt.date:
    """The day on which the last label of an as-of date stops changing, by the department's own delays."""
    row = connection.execute(
        "select cast(%s + make_interval(months => %s) + make_interval(days => maturity_days) as date)"
        " from labels.outcome_maturity where outcome = %s",
        [as_of, horizon_months, outcome],
    ).fetchone()
    return row[0] if row else dt.date.max


def read_followed(
    connection: Connection,
    members: sql.Composable,
    lists: Sequence[str],
    outcome: str,
    horizon_months: int,
    capacity: int,
) -> Followed:
    """Everybody on or near the lists; activity as far as the department supplies it."""
    supplied = [table for table in ACTIVITY if _exists(connection, table)]
    query = sql.SQL(
        """
        with members as ({members}),
        ends as (
            select
                as_of_date,
                (min(score) filter (where is_on_list) + max(score) filter (where not is_on_list)) / 2 as score_at_end
            from members
            group by 1
        ),
        near as (
            select
                members.*,
                members.score - ends.score_at_end as distance,
                labels.label_value,
                cast(as_of_date - make_interval(months => %(months)s) as date) as starts_on,
                cast(as_of_date + make_interval(months => %(months)s) as date) as ends_on
            from members
            inner join ends using (as_of_date)
            inner join labels.officer_labels as labels using (officer_id, as_of_date)
            where labels.outcome = %(outcome)s and labels.horizon_months = %(months)s
                and rank <= {near} * n_on_list
        ),
        had_it_before as (
            select distinct near.officer_id, near.as_of_date
            from near
            inner join events.adverse_events as events using (officer_id)
            where events.outcome = %(outcome)s and happened_on >= starts_on and happened_on < as_of_date
        ){counts}
        select
            near.officer_id, is_on_list, not is_on_list and rank <= 2 * n_on_list, distance,
            (had_it_before.officer_id is not null)::int, label_value{columns}
        from near
        left join had_it_before using (officer_id, as_of_date)
        {joins}
        order by near.as_of_date, near.rank
        """
    ).format(
        members=members,
        near=sql.Literal(NEAR),
        counts=sql.SQL("").join(map(_count, supplied)),
        columns=sql.SQL("").join(
            sql.SQL(", coalesce({0}.n_before, 0), coalesce({0}.n_after, 0)").format(sql.Identifier(table))
            for table in supplied
        ),
        joins=sql.SQL(" ").join(
            sql.SQL("left join {} using (officer_id, as_of_date)").format(sql.Identifier(table)) for table in supplied
        ),
    )
    rows = connection.execute(
        query, {"lists": list(lists), "outcome": outcome, "months": horizon_months, "capacity": capacity}
    ).fetchall()
    columns: list[Any] = list(zip(*rows, strict=True)) if rows else [[]] * (6 + 2 * len(supplied))
    _, officers = np.unique(np.array(columns[0], dtype=np.str_), return_inverse=True)
    values = [np.array(column, dtype=np.float64) for column in columns[4:]]
    measures = ["outcome", *supplied]
    return Followed(
        officers=officers,
        is_listed=np.array(columns[1], dtype=bool),
        is_next=np.array(columns[2], dtype=bool),
        distance=np.array(columns[3], dtype=np.float64),
        before=dict(zip(measures, values[::2], strict=True)),
        after=dict(zip(measures, values[1::2], strict=True)),
    )


def _exists(connection: Connection, table: str) -> bool:
    found = connection.execute("select to_regclass('core.' || %s) is not null", [table]).fetchone()
    return bool(found and found[0])


def _count(table: str) -> sql.Composable:
    """How many rows of a core table an officer has in the window before and in that after."""
    return sql.SQL(
        """,
        {table} as (
            select
                near.officer_id, near.as_of_date,
                count(*) filter (where {day} < as_of_date) as n_before,
                count(*) filter (where {day} >= as_of_date) as n_after
            from near
            inner join core.{table} as acts using (officer_id)
            where {day} >= starts_on and {day} < ends_on
            group by 1, 2
        )"""
    ).format(table=sql.Identifier(table), day=sql.Identifier("acts", ACTIVITY[table]))


def has_followup(connection: Connection, followup_id: str) -> bool:
    """True if the follow-up is there; it is appended in one transaction."""
    found = connection.execute("select 1 from ml.list_effects where followup_id = %s limit 1", [followup_id])
    return found.fetchone() is not None
