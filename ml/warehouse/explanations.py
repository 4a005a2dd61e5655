"""What explanations and rank intervals need from the catalogue and the cohort, and appending them to schema `ml`.

Point in time: peer groups are those of the as-of date that is scored.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from psycopg import sql

from ml.errors import ModellingError
from ml.registry import Artefact, ModelRow, hash_code
from ml.uncertainty import TrackRecord
from ml.warehouse.connection import Connection

COLUMNS = {
    "explanations": (
        "officer_id",
        "base_log_odds",
        "log_odds_own",
        "log_odds_context",
        "score_at_typical_assignment",
        "rank_at_typical_assignment",
        "contributions",
        "family_contributions",
    ),
    "reasons": (
        "officer_id",
        "direction",
        "reason_rank",
        "measure",
        "feature_name",
        "contribution",
        "feature_value",
        "typical_value",
        "is_typical_of_peers",
    ),
    "alternatives": ("officer_id", "kind", "name", "score", "rank"),
    "reason_stability": ("previous_as_of_date", "n_officers", "n_reasons", "n_kept"),
    "rank_intervals": ("officer_id", "on_list_share", "rank_lower", "rank_upper", "certainty"),
    "list_certainty": (
        "model_id",
        "capacity",
        "n_cohort",
        "n_refits",
        "n_clear",
        "n_likely",
        "n_tie",
        "is_told",
        "why",
        "families",
        "code_version",
    ),
}


class ScoringKey(NamedTuple):
    """What identifies a scoring; its rows are those of one transaction."""

    as_of_date: dt.date
    outcome: str
    scored_at: dt.datetime


@dataclass(frozen=True)
class Catalogued:
    """What the catalogue says of the features of a model, in their order."""

    families: list[str]
    measures: list[str]
    scopes: list[str]


def read_catalogue(connection: Connection, features: Sequence[str]) -> Catalogued:
    """Family, measure and scope of each feature.

    Raises:
        ModellingError: the catalogue does not have one of them.
    """
    rows = connection.execute(
        "select feature_name, family, measure, scope from features.feature_catalog where feature_name = any(%s)",
        [list(features)],
    )
    known = {name: words for name, *words in rows}
    if missing := [name for name in features if name not in known]:
        raise ModellingError(
            f"features.feature_catalog does not have these features of the model: {', '.join(missing)}. Train anew."
        )
    families, measures, scopes = zip(*(known[name] for name in features), strict=True)
    return Catalogued(list(families), list(measures), list(scopes))


def read_peer_groups(connection: Connection, date: dt.date, officers: Sequence[str]) -> list[str]:
    """The peer group of each officer of the cohort at a date, in the order of `officers`."""
    rows = connection.execute(
        "select officer_id, peer_group from features.officer_cohort where as_of_date = %s", [date]
    ).fetchall()
    groups: dict[str, str] = dict(rows)
    return [groups[officer] for officer in officers]


def is_explained(connection: Connection, model: ModelRow, date: dt.date, capacity: int) -> bool:
    """True if the latest scoring of the outcome and date was explained by this code, for a list of this size."""
    row = connection.execute(
        "select model_id, capacity, code_version from ml.list_certainty "
        "where outcome = %s and as_of_date = %s order by scored_at desc limit 1",
        [model.outcome, date],
    ).fetchone()
    return row == (model.model_id, capacity, hash_code())


def append_to_scoring(connection: Connection, table: str, key: ScoringKey, rows: Iterable[Sequence[Any]]) -> None:
    """Append rows that belong to one scoring: their columns are those of the table after the scoring's key."""
    names = [*ScoringKey._fields, *COLUMNS[table]]
    query = sql.SQL("copy ml.{} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with connection.cursor().copy(query) as copy:
        for row in rows:
            copy.write_row([*key, *row])


def read_refits(connection: Connection, model_id: str) -> list[Artefact]:
    """The refits of a final model on drawn officers."""
    rows = connection.execute("select sha256, content from ml.refits where model_id = %s order by draw", [model_id])
    return [Artefact(sha256, bytes(content)) for sha256, content in rows]


def read_track_record(connection: Connection, outcome: str, group: str, capacity: int) -> TrackRecord | None:
    """What a group's lists did at the test dates of its latest selection; none if no list of this size was replayed.

    Without draws there is no interval, and nothing that precision is surely above.
    """
    row = connection.execute(
        """
        with latest as (
            select experiment_id, selection_id
            from ml.selections
            where outcome = %(outcome)s and model_group = %(group)s
            order by selected_at desc
            limit 1
        ),

        cohorts as (
            select avg(cast(n_positive as double precision) / n_cohort) as base_rate
            from ml.evaluations
            inner join latest using (experiment_id)
            where
                outcome = %(outcome)s and model_group = %(group)s
                and metric = 'precision' and parameter = %(parameter)s
        )

        select value, coalesce(lower, 0), n_dates * %(capacity)s, base_rate
        from ml.comparisons
        inner join latest using (selection_id)
        cross join cohorts
        where model_group = %(group)s and compared_with = '' and metric = 'precision' and parameter = %(parameter)s
        """,
        {"outcome": outcome, "group": group, "capacity": capacity, "parameter": str(capacity)},
    ).fetchone()
    return TrackRecord(*row) if row else None
