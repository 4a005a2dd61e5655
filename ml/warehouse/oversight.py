"""What audits read: lists as they were replayed, labels, and protected attributes; and what audits leave behind.

Attributes go to no matrix: models get theirs from `ml.warehouse.inputs`. Officers come in the order of their
identifiers, so that arrays of the same cohort belong together.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import sql
from psycopg.rows import class_row

from ml.errors import ModellingError
from ml.fairness import GroupRate
from ml.matrices import Dates, Flags, Scores
from ml.warehouse.connection import Connection


@dataclass(frozen=True)
class ReplayedModel:
    """A candidate or baseline that was replayed at a test date."""

    model_id: str
    outcome: str
    model_group: str
    is_baseline: bool
    test_as_of_date: dt.date


@dataclass(frozen=True)
class Scoring:
    """The latest scoring of one outcome."""

    as_of_date: dt.date
    outcome: str
    scored_at: dt.datetime
    model_id: str
    model_group: str
    experiment_id: str


@dataclass(frozen=True)
class Cohort:
    """Officers of one as-of date with what audits need of them, and what came of one outcome."""

    officers: npt.NDArray[np.str_]
    race: npt.NDArray[np.str_]
    sex: npt.NDArray[np.str_]
    birth_year: npt.NDArray[np.float64]
    hired_on: Dates
    rules_triggered: Scores
    is_positive: Flags
    known_on: Dates


def list_tested_models(connection: Connection, experiment_id: str) -> list[ReplayedModel]:
    """Every candidate and baseline of an experiment at every test date, in a fixed order; no variations."""
    with connection.cursor(row_factory=class_row(ReplayedModel)) as cursor:
        return cursor.execute(
            """
            select model_id, outcome, model_group, is_baseline, test_as_of_date
            from ml.experiment_models
            inner join ml.models using (model_id)
            where experiment_id = %s and role = 'test' and variation = ''
            order by outcome, is_baseline, model_group, test_as_of_date
            """,
            [experiment_id],
        ).fetchall()


def read_cohort(connection: Connection, outcome: str, horizon_months: int, date: dt.date) -> Cohort:
    """One cohort, its attributes, and its labels as they are known now; a pending one counts as not positive."""
    rows = connection.execute(
        """
        select
            cohort.officer_id,
            coalesce(officers.race, 'unknown'),
            coalesce(officers.sex, 'unknown'),
            coalesce(officers.birth_year, 'nan'::float8),
            officers.hired_on,
            flags.n_rules_triggered,
            labels.label_status = 'positive',
            labels.known_on
        from features.officer_cohort as cohort
        inner join core.officers as officers using (officer_id)
        inner join features.threshold_flags as flags using (officer_id, as_of_date)
        inner join labels.officer_labels as labels using (officer_id, as_of_date)
        where as_of_date = %s and labels.outcome = %s and labels.horizon_months = %s
        order by cohort.officer_id collate "C"
        """,
        [date, outcome, horizon_months],
    ).fetchall()
    columns: Sequence[Any] = list(zip(*rows, strict=True)) if rows else [[]] * 8
    return Cohort(
        officers=np.array(columns[0], dtype=np.str_),
        race=np.array(columns[1], dtype=np.str_),
        sex=np.array(columns[2], dtype=np.str_),
        birth_year=np.array(columns[3], dtype=np.float64),
        hired_on=np.array(columns[4], dtype="datetime64[D]"),
        rules_triggered=np.array(columns[5], dtype=np.float64),
        is_positive=np.array(columns[6], dtype=bool),
        known_on=np.array(columns[7], dtype="datetime64[D]"),
    )


def read_replayed(connection: Connection, model_id: str, cohort: Cohort) -> tuple[Scores, npt.NDArray[np.int64]]:
    """Scores and ranks of a replayed model, in the order of the cohort.

    Raises:
        ModellingError: it predicted other officers than the cohort's.
    """
    return _read_scores(connection, sql.SQL("ml.predictions where model_id = {}").format(model_id), cohort)


def read_scoring(connection: Connection, scoring: Scoring, cohort: Cohort) -> tuple[Scores, npt.NDArray[np.int64]]:
    """Scores and ranks of a scoring, in the order of the cohort.

    Raises:
        ModellingError: it scored other officers than the cohort's.
    """
    query = sql.SQL("ml.scores where as_of_date = {} and outcome = {} and scored_at = {}").format(
        scoring.as_of_date, scoring.outcome, scoring.scored_at
    )
    return _read_scores(connection, query, cohort)


def _read_scores(connection: Connection, table: sql.Composable, cohort: Cohort) -> tuple[Scores, npt.NDArray[np.int64]]:
    query = sql.SQL(
        """
        select
            array_agg(officer_id order by officer_id collate "C"),
            array_agg(score order by officer_id collate "C"),
            array_agg(rank order by officer_id collate "C")
        from {}
        """
    ).format(table)
    with connection.cursor(binary=True) as cursor:
        officers, scores, ranks = cursor.execute(query).fetchone() or (None, None, None)
    if officers != cohort.officers.tolist():
        raise ModellingError(
            f"{table.as_string()} holds {len(officers or []):,} officers, not the {len(cohort.officers):,} of "
            "features.officer_cohort: features were rebuilt since. Run the line again."
        )
    return np.array(scores, dtype=np.float64), np.array(ranks, dtype=np.int64)


def list_scorings(connection: Connection) -> list[Scoring]:
    """The latest scoring of each outcome and as-of date; the latest as-of date of an outcome comes last."""
    with connection.cursor(row_factory=class_row(Scoring)) as cursor:
        return cursor.execute(
            """
            with used_by as (
                select distinct on (model_id) model_id, experiment_id
                from ml.experiment_models
                inner join ml.experiments using (experiment_id)
                order by model_id asc, completed_at desc
            )

            select distinct on (scores.outcome, scores.as_of_date)
                scores.as_of_date, scores.outcome, scores.scored_at, scores.model_id,
                models.model_group, used_by.experiment_id
            from (select distinct as_of_date, outcome, scored_at, model_id from ml.scores) as scores
            inner join ml.models using (model_id)
            inner join used_by using (model_id)
            order by scores.outcome asc, scores.as_of_date asc, scores.scored_at desc
            """
        ).fetchall()


def has_fairness_audit(connection: Connection, audit_id: str) -> bool:
    """True if the audit is there; it is appended in one transaction."""
    found = connection.execute("select 1 from ml.fairness_audits where audit_id = %s limit 1", [audit_id])
    return found.fetchone() is not None


def has_threshold_comparison(connection: Connection, experiment_id: str) -> bool:
    """True if the comparison is there; it is appended in one transaction."""
    found = connection.execute(
        "select 1 from ml.threshold_comparisons where experiment_id = %s limit 1", [experiment_id]
    )
    return found.fetchone() is not None


def find_list_rule(connection: Connection, scoring: Scoring) -> str | None:
    """The rule of a scoring's list as it stands; none if no list was drawn up yet."""
    row = connection.execute(
        "select list_rule from ml.list_rules where as_of_date = %s and outcome = %s and scored_at = %s "
        "order by drawn_up_at desc limit 1",
        [scoring.as_of_date, scoring.outcome, scoring.scored_at],
    ).fetchone()
    return row[0] if row else None


def read_pooled_rates(connection: Connection, audit_id: str, list_rule: str) -> dict[str, dict[str, list[GroupRate]]]:
    """Outcome -> candidate -> every rate over all test dates together, of lists drawn up by a rule."""
    names = sql.SQL(", ").join(sql.Identifier(field.name) for field in fields(GroupRate))
    query = sql.SQL(
        "select outcome, model_group, {} from ml.fairness_audits where audit_id = %s and list_rule = %s "
        "and test_as_of_date is null and not is_baseline order by outcome, model_group, attribute, group_name, metric"
    ).format(names)
    rates: dict[str, dict[str, list[GroupRate]]] = {}
    for outcome, group, *values in connection.execute(query, [audit_id, list_rule]):
        rates.setdefault(outcome, {}).setdefault(group, []).append(GroupRate(*values))
    return rates
