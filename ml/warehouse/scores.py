"""Reading and writing scores, and which model gives them."""

import datetime as dt

from ml.registry import ModelRow, Predictions
from ml.warehouse.connection import Connection, decode_ids


def find_final_model(connection: Connection, outcome: str, date: dt.date) -> str | None:
    """The latest final model trained for this date or an earlier one; of several, that of the latest selection."""
    row = connection.execute(
        """
        select models.model_id
        from ml.models
        inner join ml.experiment_models using (model_id)
        inner join ml.selections using (experiment_id, outcome, model_group)
        where outcome = %s and models.role = 'final' and models.predict_as_of_date <= %s
        order by models.predict_as_of_date desc, selections.selected_at desc
        limit 1
        """,
        [outcome, date],
    ).fetchone()
    return row[0] if row else None


def list_refused_outcomes(connection: Connection) -> set[str]:
    """Outcomes that are not scored: their latest selection refused every candidate."""
    rows = connection.execute(
        "select distinct on (outcome) outcome, model_group from ml.selections order by outcome, selected_at desc"
    ).fetchall()
    return {outcome for outcome, group in rows if group is None}


def read_last_scores(connection: Connection, model: ModelRow, date: dt.date) -> dict[str, float]:
    """Officer -> score of the latest scoring of the model's outcome and date; empty if another model gave it."""
    rows = connection.execute(
        """
        select officer_id, score
        from ml.scores
        where outcome = %(outcome)s and as_of_date = %(date)s and model_id = %(model)s and scored_at = (
            select max(scored_at) from ml.scores where outcome = %(outcome)s and as_of_date = %(date)s
        )
        """,
        {"outcome": model.outcome, "date": date, "model": model.model_id},
    ).fetchall()
    return dict(rows)


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
