"""Scoring the cohort with registered models, and saying why and how surely.

Nothing is fitted here: artefacts are loaded, checked and asked.

Belongs here: from a model and a cohort to the rows of one scoring. Does not: contributions (`ml.explanation`), reasons
(`ml.reasons`), intervals (`ml.uncertainty`).
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ml import warehouse
from ml.context import CONTEXT, find_typical, find_typical_of_peers, replace_columns
from ml.errors import ModellingError
from ml.estimators import log_odds
from ml.evaluation import rank
from ml.explanation import Explanation, explain
from ml.matrices import Flags, Floats, Ids, Matrix, Scores
from ml.reasons import RAISES, Reason, choose_reasons, group_columns, imagine_typical
from ml.registry import ModelRow, Predictions, hash_code, restore
from ml.uncertainty import CANNOT_TELL, Ranks, judge_list, say_certainty, summarise_ranks
from ml.warehouse import Catalogued, ScoringKey

Rows = Iterator[Sequence[Any]]


@dataclass(frozen=True)
class Scoring:
    """What one model gave on one as-of date; the rows are in schema ml."""

    outcome: str
    model_id: str
    model_group: str
    as_of_date: dt.date
    n_officers: int
    mean_score: float
    is_reused: bool


@dataclass(frozen=True)
class Scorer:
    """A registered model, ready to be asked."""

    model: ModelRow
    estimator: Any

    def score(self, X: Floats) -> Scores:
        """Calibrated probabilities."""
        return self.model.calibration.apply(log_odds(self.estimator, X))

    def explain(self, X: Floats) -> Explanation:
        """Contributions to the calibrated log-odds."""
        return explain(self.estimator, X, self.model.calibration)


@dataclass(frozen=True)
class Cohort:
    """Who is scored, and what the model said of them."""

    matrix: Matrix
    scores: Scores
    ranks: Ranks
    capacity: int

    @cached_property
    def names(self) -> list[str]:
        """Identifiers as the warehouse writes them."""
        return [officer.decode() for officer in self.matrix.officers.tolist()]

    @cached_property
    def is_listed(self) -> Flags:
        """Who is on the list."""
        return self.ranks <= self.capacity


def score_month(
    connection: warehouse.Connection, outcomes: Sequence[str], date: dt.date, capacity: int
) -> list[Scoring]:
    """Score an as-of date with the model of each outcome that was in force then; the same scores are not kept twice.

    An outcome whose every candidate was refused is not scored.

    Raises:
        ModellingError: an outcome had no model by then, or an artefact is not the one that was registered.
    """
    scored_at = dt.datetime.now(dt.UTC)
    refused = warehouse.list_refused_outcomes(connection)
    return [
        score_cohort(connection, find_model_in_force(connection, outcome, date), date, scored_at, capacity)
        for outcome in outcomes
        if outcome not in refused
    ]


def find_model_in_force(connection: warehouse.Connection, outcome: str, date: dt.date) -> str:
    """The model that scores an outcome at a date: none that was trained with what became known only later.

    Raises:
        ModellingError: there is none.
    """
    if model_id := warehouse.find_final_model(connection, outcome, date):
        return model_id
    raise ModellingError(
        f"No final model of '{outcome}' knew only what was knowable at {date}. Train one (job `backtest`, then "
        "`retrain`), or score a later month: a model trained since would know what came after."
    )


def score_cohort(
    connection: warehouse.Connection, model_id: str, date: dt.date, scored_at: dt.datetime, capacity: int
) -> Scoring:
    """Score the cohort of one date with one model, and append all rows of the scoring or none.

    Point in time: the as-of date before it serves to compare reasons, nothing else.
    """
    scorer = load(connection, model_id)
    model = scorer.model
    earlier = [day for day in warehouse.list_as_of_dates(connection) if day < date][-1:]
    matrix = warehouse.read_matrix(connection, model.features, [*earlier, date])
    cohort = ask(scorer, cut(matrix, date), capacity)
    # The same model may have to score again: facts of the month can be corrected later.
    last = warehouse.read_last_scores(connection, model, date)
    is_reused = are_same(last, cohort.matrix.officers, cohort.scores) and warehouse.is_explained(
        connection, model, date, capacity
    )
    if not is_reused:
        key = ScoringKey(date, model.outcome, scored_at)
        catalogue = warehouse.read_catalogue(connection, model.features)
        with connection.transaction():
            reasons = write_scoring(connection, scorer, cohort, key, catalogue)
            for day in earlier:
                before = ask(scorer, cut(matrix, day), capacity)
                compare_reasons(connection, scorer, before, cohort, reasons, key, catalogue)
    n = len(cohort.scores)
    return Scoring(model.outcome, model_id, model.model_group, date, n, float(cohort.scores.mean()), is_reused)


def are_same(last: Mapping[str, float], officers: Ids, scores: Scores) -> bool:
    """True if these scores are the last ones, of the same officers."""
    last_of_each = np.array([last.get(officer.decode(), np.nan) for officer in officers.tolist()])
    return len(last) == len(officers) and np.allclose(last_of_each, scores, rtol=1e-9, atol=0)


def cut(matrix: Matrix, date: dt.date) -> Matrix:
    """The rows of one as-of date."""
    rows = matrix.find_rows([date])
    return Matrix(matrix.values[rows], matrix.officers[rows], matrix.dates[rows], matrix.features)


def ask(scorer: Scorer, matrix: Matrix, capacity: int) -> Cohort:
    """What the model says of a cohort."""
    scores = scorer.score(matrix.values)
    return Cohort(matrix, scores, rank(scores, matrix.officers), capacity)


def load(connection: warehouse.Connection, model_id: str) -> Scorer:
    """A registered model.

    Raises:
        ModellingError: it is not registered, or its artefact is not the one that was.
    """
    registered = warehouse.read_model(connection, model_id)
    if registered is None:
        raise ModellingError(f"There is no model {model_id} with an artefact in schema ml. Train before scoring.")
    model, content = registered
    return Scorer(model, restore(content, model.artefact_sha256 or ""))


def write_scoring(
    connection: warehouse.Connection, scorer: Scorer, cohort: Cohort, key: ScoringKey, catalogue: Catalogued
) -> list[Reason]:
    """Scores, why they are what they are, and how sure the list is; the reasons."""
    X = cohort.matrix.values
    explained = scorer.explain(X)
    reasons = list(choose_reasons(explained.contributions, catalogue.measures))
    peer_groups = warehouse.read_peer_groups(connection, key.as_of_date, cohort.names)
    typical, is_of_peers = find_typical_of_peers(X, peer_groups)
    predictions = Predictions(cohort.matrix.officers, None, cohort.scores, cohort.ranks)
    warehouse.write_scores(connection, scorer.model, key.as_of_date, predictions, key.scored_at)
    warehouse.append_to_scoring(
        connection, "explanations", key, list_explanations(scorer, cohort, explained, catalogue)
    )
    warehouse.append_to_scoring(connection, "reasons", key, list_reasons(scorer, cohort, reasons, typical, is_of_peers))
    warehouse.append_to_scoring(
        connection, "alternatives", key, list_alternatives(scorer, cohort, reasons, typical, catalogue)
    )
    judge(connection, scorer, cohort, key, catalogue)
    return reasons


def list_explanations(scorer: Scorer, cohort: Cohort, explained: Explanation, catalogue: Catalogued) -> Rows:
    """Each officer's score as a sum, and what it would be at the typical assignment, as everybody's."""
    X, parts = cohort.matrix.values, explained.contributions
    is_context = np.array([scope == CONTEXT for scope in catalogue.scopes])
    at_typical = scorer.score(replace_columns(X, is_context, find_typical(X)))
    families = [parts[:, columns].sum(axis=1) for columns in group_columns(catalogue.families).values()]
    return zip(
        cohort.names,
        [explained.base] * len(X),
        parts[:, ~is_context].sum(axis=1).tolist(),
        parts[:, is_context].sum(axis=1).tolist(),
        at_typical.tolist(),
        rank(at_typical, cohort.matrix.officers).tolist(),
        parts.tolist(),
        np.column_stack(families).tolist(),
        strict=True,
    )


def list_reasons(
    scorer: Scorer, cohort: Cohort, reasons: Sequence[Reason], typical: Floats, is_of_peers: Flags
) -> Rows:
    """Each reason with the value that the model saw and what is typical."""
    for reason in reasons:
        row, feature = reason.row, reason.feature
        yield (
            cohort.names[row],
            reason.direction,
            reason.reason_rank,
            reason.measure,
            scorer.model.features[feature],
            reason.contribution,
            as_number(cohort.matrix.values[row, feature]),
            as_number(typical[row, feature]),
            bool(is_of_peers[row]),
        )


def as_number(value: Any) -> float | None:
    """A missing value is null in the warehouse."""
    return None if np.isnan(value) else float(value)


def list_alternatives(
    scorer: Scorer, cohort: Cohort, reasons: Sequence[Reason], typical: Floats, catalogue: Catalogued
) -> Rows:
    """For officers on the list: score and rank, were the measure of a reason or a family as is typical of peers."""
    of_measure: dict[str, list[int]] = {}
    for reason in reasons:
        if cohort.is_listed[reason.row]:
            of_measure.setdefault(reason.measure, []).append(reason.row)
    listed = np.flatnonzero(cohort.is_listed).tolist()
    measures, families = group_columns(catalogue.measures), group_columns(catalogue.families)
    wanted = [("measure", name, measures[name], rows) for name, rows in of_measure.items()]
    wanted += [("family", name, columns, listed) for name, columns in families.items()]
    for kind, name, columns, rows in wanted:
        for row, score, place in imagine_typical(
            cohort.matrix.values, typical, rows, columns, scorer.score, cohort.scores
        ):
            yield cohort.names[row], kind, name, score, place


def compare_reasons(
    connection: warehouse.Connection,
    scorer: Scorer,
    before: Cohort,
    cohort: Cohort,
    reasons: Sequence[Reason],
    key: ScoringKey,
    catalogue: Catalogued,
) -> None:
    """Whether what raised the scores of today's list raised them at the as-of date before, under the same model."""
    listed = {name for name, is_listed in zip(cohort.names, cohort.is_listed, strict=True) if is_listed}
    earlier = choose_reasons(scorer.explain(before.matrix.values).contributions, catalogue.measures)
    then, now = (
        {
            (moment.names[reason.row], reason.measure)
            for reason in given
            if reason.direction == RAISES and moment.names[reason.row] in listed
        }
        for moment, given in ((before, earlier), (cohort, reasons))
    )
    row = (before.matrix.dates[0].item(), len(listed & set(before.names)), len(then), len(then & now))
    warehouse.append_to_scoring(connection, "reason_stability", key, [row])


def judge(
    connection: warehouse.Connection, scorer: Scorer, cohort: Cohort, key: ScoringKey, catalogue: Catalogued
) -> None:
    """How sure each officer's place is, and whether the list tells anything."""
    model, capacity = scorer.model, cohort.capacity
    refits = [restore(kept.content, kept.sha256) for kept in warehouse.read_refits(connection, model.model_id)]
    ranks = [rank(log_odds(refit, cohort.matrix.values), cohort.matrix.officers) for refit in refits]
    intervals = summarise_ranks(ranks, capacity)
    certainty = say_certainty(intervals, cohort.ranks, capacity)
    record = warehouse.read_track_record(connection, model.outcome, model.model_group, capacity)
    verdict = judge_list(certainty, cohort.ranks, capacity, record)
    words = certainty if verdict.is_told else np.full(len(certainty), CANNOT_TELL)
    rows = zip(
        cohort.names,
        intervals.on_list.tolist(),
        intervals.lower.tolist(),
        intervals.upper.tolist(),
        words.tolist(),
        strict=True,
    )
    warehouse.append_to_scoring(connection, "rank_intervals", key, rows)
    families = list(group_columns(catalogue.families))
    row = (model.model_id, capacity, len(cohort.scores), len(refits), *verdict, families, hash_code())
    warehouse.append_to_scoring(connection, "list_certainty", key, [row])
