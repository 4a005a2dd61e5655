"""Scoring the cohort with registered models. Nothing is fitted here: an artefact is loaded, checked and asked."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ml import warehouse
from ml.errors import ModellingError
from ml.estimators import log_odds
from ml.evaluation import rank
from ml.matrices import Ids, Scores
from ml.registry import Predictions, restore


@dataclass(frozen=True)
class Scoring:
    """What one model gave on one as-of date; the rows are in ml.scores."""

    outcome: str
    model_id: str
    model_group: str
    as_of_date: dt.date
    n_officers: int
    mean_score: float
    is_reused: bool


def score_month(connection: warehouse.Connection, outcomes: Sequence[str], date: dt.date) -> list[Scoring]:
    """Score an as-of date with the model of each outcome that was in force then; the same scores are not kept twice.

    Raises:
        ModellingError: an outcome had no model by then, or an artefact is not the one that was registered.
    """
    scored_at = dt.datetime.now(dt.UTC)
    return [
        score_cohort(connection, find_model_in_force(connection, outcome, date), date, scored_at)
        for outcome in outcomes
    ]


def find_model_in_force(connection: warehouse.Connection, outcome: str, date: dt.date) -> str:
    """The model that scores an outcome at a date: none that was trained with what became known only later.

    Raises:
        ModellingError: there is none.
    """
    if model_id := warehouse.find_final_model(connection, outcome, date):
        return model_id
    raise ModellingError(
        f"No final model of '{outcome}' knew only what was knowable at {date}. Train one (job `retrain`), or score a "
        "later month: a model trained since would know what came after."
    )


def score_cohort(connection: warehouse.Connection, model_id: str, date: dt.date, scored_at: dt.datetime) -> Scoring:
    """Score the cohort of one date with one model and append the rows."""
    registered = warehouse.read_model(connection, model_id)
    if registered is None:
        raise ModellingError(f"There is no model {model_id} with an artefact in schema ml. Train before scoring.")
    model, content = registered
    estimator = restore(content, model.artefact_sha256 or "")
    matrix = warehouse.read_matrix(connection, model.features, [date])
    said = log_odds(estimator, matrix.values)
    scores = model.calibration.apply(said)
    # The same model may have to score again: facts of the month can be corrected later.
    is_reused = are_same(warehouse.read_last_scores(connection, model, date), matrix.officers, scores)
    if not is_reused:
        predictions = Predictions(matrix.officers, said, scores, rank(scores, matrix.officers))
        warehouse.write_scores(connection, model, date, predictions, scored_at)
    return Scoring(model.outcome, model_id, model.model_group, date, len(scores), float(np.mean(scores)), is_reused)


def are_same(last: Mapping[str, float], officers: Ids, scores: Scores) -> bool:
    """True if these scores are the last ones, of the same officers."""
    last_of_each = np.array([last.get(officer.decode(), np.nan) for officer in officers.tolist()])
    return len(last) == len(officers) and np.allclose(last_of_each, scores, rtol=1e-9, atol=0)
