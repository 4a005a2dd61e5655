"""Reading and writing the registry: experiments, models, artefacts, predictions, evaluations, selections.

Point in time: predictions are of dates after all that the model learnt from.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import fields

import numpy as np
from psycopg import sql
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from ml.errors import ModellingError
from ml.judging import Judgement
from ml.matrices import Ids
from ml.registry import (
    CalibrationBinRow,
    DrawsRow,
    EvaluationRow,
    EvidenceRow,
    GroupRow,
    ListCurveRow,
    ListOverlapRow,
    ModelRow,
    Predictions,
    TrainedModel,
    TrainingResampleRow,
    hash_code,
    list_versions,
)
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
    groups: Sequence[GroupRow],
    model_ids: Sequence[str],
    judgement: Judgement,
) -> None:
    """The experiment with its groups, its models and what was judged, in one transaction."""
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
        append_rows(connection, "model_groups", GroupRow, groups)
        write_membership(connection, experiment_id, model_ids)
        append_rows(connection, "evaluations", EvaluationRow, judgement.evaluations)
        append_rows(connection, "evaluation_draws", DrawsRow, judgement.draws)
        append_rows(connection, "list_curves", ListCurveRow, judgement.curves)
        append_rows(connection, "calibration_bins", CalibrationBinRow, judgement.bins)
        append_rows(connection, "list_overlaps", ListOverlapRow, judgement.overlaps)
        append_rows(connection, "selection_evidence", EvidenceRow, judgement.evidence)


def write_membership(connection: Connection, experiment_id: str, model_ids: Sequence[str]) -> None:
    """Say that an experiment uses these registered models."""
    connection.execute(
        "insert into ml.experiment_models (experiment_id, model_id) select %s, unnest(%s::text[]) "
        "on conflict do nothing",
        [experiment_id, list(model_ids)],
    )


def write_model(connection: Connection, model: TrainedModel) -> None:
    """One model with its artefact and predictions, in one transaction."""
    with connection.transaction():
        append_rows(connection, "models", ModelRow, [model.row])
        if model.artefact:
            connection.execute(
                "insert into ml.artefacts (model_id, sha256, content) values (%s, %s, %s)",
                [model.row.model_id, model.artefact.sha256, model.artefact.content],
            )
        if model.predictions:
            _append_predictions(connection, model.row, model.predictions)
        append_rows(connection, "training_resamples", TrainingResampleRow, model.resamples)
        for draw, refit in enumerate(model.refits, start=1):
            connection.execute(
                "insert into ml.refits (model_id, draw, sha256, content) values (%s, %s, %s, %s)",
                [model.row.model_id, draw, refit.sha256, refit.content],
            )


def _append_predictions(connection: Connection, model: ModelRow, predictions: Predictions) -> None:
    log_odds = [r"\N"] * len(predictions.officers)
    if predictions.log_odds is not None:
        log_odds = list(map(repr, predictions.log_odds.tolist()))
    scores, ranks = map(repr, predictions.scores.tolist()), map(str, predictions.ranks.tolist())
    head = f"{model.model_id}\t{model.predict_as_of_date}\t{model.outcome}\t"
    # Lines of COPY's text format, all at once: a call for each of some millions of rows takes longer than the models.
    lines = [
        head + "\t".join(row) + "\n"
        for row in zip(map(_escape, decode_ids(predictions.officers)), log_odds, scores, ranks, strict=True)
    ]
    with connection.cursor().copy(
        "copy ml.predictions (model_id, as_of_date, outcome, officer_id, log_odds, score, rank) from stdin"
    ) as copy:
        copy.write("".join(lines))


def _escape(text: str) -> str:
    """A value of COPY's text format."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def list_registered(connection: Connection, model_ids: Sequence[str]) -> set[str]:
    """Those of the models that are registered."""
    rows = connection.execute("select model_id from ml.models where model_id = any(%s)", [list(model_ids)])
    return {model_id for (model_id,) in rows}


def read_predictions(connection: Connection, model_id: str, officers: Ids) -> Predictions:
    """What a registered model said of these officers, in their order.

    Raises:
        ModellingError: it said nothing of one of them.
    """
    rows = connection.execute(
        "select officer_id, log_odds, score, rank from ml.predictions where model_id = %s", [model_id]
    )
    said = {officer: numbers for officer, *numbers in rows}
    try:
        found = [said[officer] for officer in decode_ids(officers)]
    except KeyError as error:
        raise ModellingError(f"ml.predictions of model {model_id} has no row of officer {error}.") from error
    log_odds, scores, ranks = zip(*found, strict=True)
    return Predictions(
        officers,
        np.array(log_odds, dtype=np.float64) if log_odds[0] is not None else None,
        np.array(scores, dtype=np.float64),
        np.array(ranks, dtype=np.int32),
    )


def find_final_models(connection: Connection, experiment_id: str) -> dict[tuple[str, str, dt.date], str]:
    """Final models of an experiment by outcome, model group and the day on which they were trained."""
    rows = connection.execute(
        """
        select models.outcome, models.model_group, models.trained_on, models.model_id
        from ml.models
        inner join ml.experiment_models using (model_id)
        where experiment_models.experiment_id = %s and models.role = 'final'
        """,
        [experiment_id],
    )
    return {(outcome, group, date): model_id for outcome, group, date, model_id in rows}


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


def read_model(connection: Connection, model_id: str) -> tuple[ModelRow, bytes] | None:
    """A registered model and its artefact."""
    names = [field.name for field in fields(ModelRow)]
    query = sql.SQL("select {}, content from ml.models join ml.artefacts using (model_id) where model_id = %s").format(
        sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query, [model_id]).fetchone()
    return (ModelRow(**{name: row[name] for name in names}), bytes(row["content"])) if row else None
