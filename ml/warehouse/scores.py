"""Reading and writing scores of the latest as-of date."""

import datetime as dt

from ml.registry import ModelRow, Predictions
from ml.warehouse.connection import Connection, decode_ids


def has_scored_last(connection: Connection, model_id: str, outcome: str, date: dt.date) -> bool:
    """True if the latest scores of an outcome and date are this model's."""
    row = connection.execute(
        "select model_id from ml.scores where outcome = %s and as_of_date = %s order by scored_at desc limit 1",
        [outcome, date],
    ).fetchone()
    return row is not None and row[0] == model_id


def write_scores(
    connection: Connection, model: ModelRow, date: dt.date, predictions: Predictions, scored_at: dt.datetime
) -> None:
    """Append one scoring of the cohort."""
    n = len(predictions.officers)
    with (
        connection.transaction(),
        connection.cursor().copy(
            "copy ml.scores (officer_id, as_of_date, outcome, model_id, score, rank, percentile, scored_at) from stdin"
        ) as copy,
    ):
        for officer, score, rank in zip(
            decode_ids(predictions.officers), predictions.scores.tolist(), predictions.ranks.tolist(), strict=True
        ):
            copy.write_row((officer, date, model.outcome, model.model_id, score, rank, (n - rank) / n, scored_at))
