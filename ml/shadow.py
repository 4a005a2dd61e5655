"""Challengers: the runners-up of the selection, which score every month beside the champion, and reach nobody.

Belongs here: scoring in shadow. Does not: training them (`ml.training`, with the champion), or what they would have
found once windows are over (`models/monitoring/champion_challenger.sql`).
"""

import datetime as dt

from ml import warehouse
from ml.evaluation import rank
from ml.registry import Predictions
from ml.scoring import are_same, load


def score_in_shadow(connection: warehouse.Connection, date: dt.date) -> dict[str, str]:
    """Score an as-of date with the challengers that were in force then; the same scores are not kept twice.

    Returns:
        Outcome and challenger -> its model.
    """
    scored_at = dt.datetime.now(dt.UTC)
    in_force = warehouse.find_challengers_in_force(connection, date)
    for model_id in in_force.values():
        scorer = load(connection, model_id)
        matrix = warehouse.read_matrix(connection, scorer.model.features, [date])
        scores = scorer.score(matrix.values)
        last = warehouse.read_last_shadow_scores(connection, scorer.model, date)
        if not are_same(last, matrix.officers, scores):
            predictions = Predictions(matrix.officers, None, scores, rank(scores, matrix.officers))
            warehouse.write_shadow_scores(connection, scorer.model, date, predictions, scored_at)
    return {f"{outcome} {group}": model_id for (outcome, group), model_id in in_force.items()}
