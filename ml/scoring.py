"""Scoring the cohort with registered models. Nothing is fitted here: an artefact is loaded, checked and asked."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ml import warehouse
from ml.errors import ModellingError
from ml.estimators import log_odds
from ml.evaluation import rank
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


def score_latest(connection: warehouse.Connection, model_ids: Mapping[str, str]) -> list[Scoring]:
    """Score the latest as-of date with one registered model an outcome; skipped where its scores stand already.

    `model_ids` maps outcomes to models, as ml.training.train_final_models returns them.

    Raises:
        ModellingError: a model is not registered, or its artefact is not the one that was.
    """
    date = warehouse.list_as_of_dates(connection)[-1]
    scored_at = dt.datetime.now(dt.UTC)
    return [score_cohort(connection, model_id, date, scored_at) for model_id in model_ids.values()]


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
    is_reused = warehouse.has_scored_last(connection, model_id, model.outcome, date)
    if not is_reused:
        predictions = Predictions(matrix.officers, said, scores, rank(scores, matrix.officers))
        warehouse.write_scores(connection, model, date, predictions, scored_at)
    return Scoring(model.outcome, model_id, model.model_group, date, len(scores), float(np.mean(scores)), is_reused)
