"""Reading and writing the registry: experiments, models, artefacts, predictions, evaluations, selections.

Point in time: predictions are of dates after all that the model learnt from.
"""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from psycopg import sql
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from ml.registry import EvaluationRow, ModelRow, Predictions, TrainedModel, hash_code, list_versions
from ml.settings import Experiment
from ml.warehouse.connection import Connection, append_rows, decode_ids


def has_experiment(connection: Connection, experiment_id: str) -> bool:
    """True if the experiment is there; it is written whole or not at all."""
    found = connection.execute("select 1 from ml.experiments where experiment_id = %s", [experiment_id])
    return found.fetchone() is not None


def write_experiment(
    connection: Connection,
    experiment_id: str,
    experiment: Experiment,
    data_version: str,
    left_out: dict[str, str],
    models: Iterable[TrainedModel],
) -> None:
    """The experiment with its models, artefacts, predictions and evaluations, in one transaction."""
    with connection.transaction():
        connection.execute(
            """
            insert into ml.experiments
                (experiment_id, data_version, code_version, library_versions, settings, seed, left_out)
            values (%s, %s, %s, %s, %s, %s, %s)
            """,
            [
                experiment_id,
                data_version,
                hash_code(),
                Jsonb(list_versions()),
                Jsonb(experiment.model_dump(mode="json")),
                experiment.grid.seed,
                Jsonb(left_out),
            ],
        )
        for model in models:
            write_model(connection, model)


def write_model(connection: Connection, model: TrainedModel) -> None:
    """One model with what belongs to it."""
    with connection.transaction():
        append_rows(connection, "models", ModelRow, [model.row])
        if model.artefact:
            connection.execute(
                "insert into ml.artefacts (model_id, sha256, content) values (%s, %s, %s)",
                [model.row.model_id, model.artefact.sha256, model.artefact.content],
            )
        if model.predictions:
            _copy_predictions(connection, model.row, model.predictions)
        append_rows(connection, "evaluations", EvaluationRow, model.evaluations)


def _copy_predictions(connection: Connection, model: ModelRow, predictions: Predictions) -> None:
    date = model.predict_as_of_date
    with connection.cursor().copy(
        "copy ml.predictions (model_id, officer_id, as_of_date, outcome, score, rank) from stdin"
    ) as copy:
        for officer, score, rank in zip(
            decode_ids(predictions.officers), predictions.scores.tolist(), predictions.ranks.tolist(), strict=True
        ):
            copy.write_row((model.model_id, officer, date, model.outcome, score, rank))


def read_evaluations(connection: Connection, experiment_id: str) -> list[EvaluationRow]:
    """All evaluations of an experiment, in a fixed order."""
    names = sql.SQL(", ").join(sql.Identifier(field.name) for field in fields(EvaluationRow))
    query = sql.SQL(
        "select {} from ml.evaluations where experiment_id = %s "
        "order by outcome, is_baseline, model_group, test_as_of_date, metric, parameter"
    ).format(names)
    with connection.cursor(row_factory=class_row(EvaluationRow)) as cursor:
        return cursor.execute(query, [experiment_id]).fetchall()


def read_left_out(connection: Connection, experiment_id: str) -> dict[str, str]:
    """Model groups that the department cannot have, with the reason."""
    row = connection.execute("select left_out from ml.experiments where experiment_id = %s", [experiment_id]).fetchone()
    return row[0] if row else {}


def find_selected_group(connection: Connection, outcome: str) -> tuple[str, str] | None:
    """Experiment and group of an outcome's latest selection."""
    return connection.execute(
        "select experiment_id, model_group from ml.selections where outcome = %s order by selected_at desc limit 1",
        [outcome],
    ).fetchone()


def write_selection(
    connection: Connection,
    experiment_id: str,
    outcome: str,
    group: str,
    rule: str,
    considered: list[dict[str, Any]],
    verdict: str,
) -> None:
    """Append a decision."""
    connection.execute(
        """
        insert into ml.selections (experiment_id, outcome, model_group, rule, considered, verdict)
        values (%s, %s, %s, %s, %s, %s)
        """,
        [experiment_id, outcome, group, rule, Jsonb(considered), verdict],
    )


def read_model(connection: Connection, model_id: str) -> tuple[ModelRow, bytes] | None:
    """A registered model and its artefact."""
    names = [field.name for field in fields(ModelRow)]
    query = sql.SQL("select {}, content from ml.models join ml.artefacts using (model_id) where model_id = %s").format(
        sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query, [model_id]).fetchone()
    return (ModelRow(**{name: row[name] for name in names}), bytes(row["content"])) if row else None
