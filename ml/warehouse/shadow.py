"""Challengers and what they score in shadow."""

import datetime as dt
from collections.abc import Mapping

from ml.registry import ModelRow, Predictions
from ml.warehouse.connection import Connection, decode_ids


def list_runners_up(connection: Connection, experiment_id: str) -> dict[str, list[str]]:
    """Outcome -> the candidates that the selection which stands put after its choice, the nearest first.

    By their regrets on the deciding metrics, each as a share of the candidate's mean: so does the rule where none is
    within noise. The rule's table has no candidate that is refused, and there is none before anything was mature.
    """
    rows = connection.execute(
        """
        with latest as (
            select distinct on (outcome) outcome, experiment_id, selection_id, model_group, decided_on
            from ml.selections
            order by outcome, selected_at desc
        )

        select outcome, standings.model_group
        from latest
        inner join ml.selection_standings as standings using (selection_id, decided_on)
        where experiment_id = %s and standings.model_group <> latest.model_group
        group by outcome, standings.model_group
        order by outcome, sum(mean_regret / greatest(mean, 1e-9)), standings.model_group
        """,
        [experiment_id],
    ).fetchall()
    found: dict[str, list[str]] = {}
    for outcome, group in rows:
        found.setdefault(outcome, []).append(group)
    return found


def find_challengers(connection: Connection, experiment_id: str) -> set[tuple[str, str, dt.date]]:
    """Challengers of an experiment by outcome, model group and the day on which they were trained."""
    rows = connection.execute(
        "select models.outcome, models.model_group, models.trained_on"
        " from ml.challengers inner join ml.models using (model_id) where experiment_id = %s",
        [experiment_id],
    )
    return set(rows.fetchall())


def write_challengers(connection: Connection, experiment_id: str, models: Mapping[tuple[str, str], str]) -> None:
    """Say that an experiment has these challengers: outcome and model group -> model."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ml.challengers (experiment_id, outcome, model_group, model_id) values (%s, %s, %s, %s)"
            " on conflict do nothing",
            [(experiment_id, outcome, group, model_id) for (outcome, group), model_id in models.items()],
        )


def find_challengers_in_force(connection: Connection, date: dt.date) -> dict[tuple[str, str], str]:
    """Outcome and model group -> the challenger's latest model that was trained for this date or an earlier one.

    Challengers are those of the experiment that was decided on last, of those that have any: between a decision and the
    training that follows it, the earlier ones go on. A group that has become the champion meanwhile is none any more.
    """
    rows = connection.execute(
        """
        with latest as (
            select distinct on (outcome) outcome, experiment_id
            from ml.selections
            inner join ml.challengers using (outcome, experiment_id)
            order by outcome, selected_at desc
        ),

        champions as (
            select distinct on (outcome) outcome, model_group from ml.selections order by outcome, selected_at desc
        ),

        named as (
            select outcome, challengers.model_group
            from latest
            inner join ml.challengers using (outcome, experiment_id)
            inner join champions using (outcome)
            where challengers.model_group <> champions.model_group
        )

        select distinct on (models.outcome, models.model_group) models.outcome, models.model_group, models.model_id
        from ml.challengers
        inner join named using (outcome, model_group)
        inner join ml.selections using (outcome, experiment_id)
        inner join ml.models using (model_id)
        where models.predict_as_of_date <= %s
        order by models.outcome, models.model_group, models.predict_as_of_date desc, selections.selected_at desc
        """,
        [date],
    )
    return {(outcome, group): model_id for outcome, group, model_id in rows}


def read_last_shadow_scores(connection: Connection, model: ModelRow, date: dt.date) -> dict[str, float]:
    """Officer -> score of the model's latest shadow scoring of the date."""
    rows = connection.execute(
        """
        select officer_id, score
        from ml.shadow_scores
        where as_of_date = %(date)s and outcome = %(outcome)s and model_id = %(model)s and scored_at = (
            select max(scored_at) from ml.shadow_scorings
            where as_of_date = %(date)s and outcome = %(outcome)s and model_id = %(model)s
        )
        """,
        {"date": date, "outcome": model.outcome, "model": model.model_id},
    )
    return dict(rows.fetchall())


def write_shadow_scores(
    connection: Connection, model: ModelRow, date: dt.date, predictions: Predictions, scored_at: dt.datetime
) -> None:
    """Append one shadow scoring of the cohort."""
    with connection.transaction():
        connection.execute(
            "insert into ml.shadow_scorings (as_of_date, outcome, model_id, scored_at) values (%s, %s, %s, %s)",
            [date, model.outcome, model.model_id, scored_at],
        )
        with connection.cursor().copy(
            "copy ml.shadow_scores (as_of_date, outcome, model_id, scored_at, officer_id, score, rank) from stdin"
        ) as copy:
            for officer, score, place in zip(
                decode_ids(predictions.officers), predictions.scores.tolist(), predictions.ranks.tolist(), strict=True
            ):
                copy.write_row((date, model.outcome, model.model_id, scored_at, officer, score, place))
