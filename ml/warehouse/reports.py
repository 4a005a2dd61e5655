"""What a report reads of the registry, and keeping the pages that were written.

Only stored figures: nothing is scored or measured anew here but what `ml.report` sums up of predictions and labels.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from psycopg import sql
from psycopg.rows import class_row

from ml.fairness import HIGHEST_SCORES, GroupRate
from ml.matrices import Flags, Scores
from ml.warehouse.connection import Connection


@dataclass(frozen=True)
class Chosen:
    """The latest selection of an outcome, and the model that was then trained to score."""

    outcome: str
    experiment_id: str
    model_group: str
    selected_at: dt.datetime
    rule: str
    verdict: str
    settings: dict[str, Any]
    model_id: str
    estimator: str
    features: list[str]
    train_start_date: dt.date
    train_end_date: dt.date
    trained_on: dt.date
    n_train_rows: int
    n_train_officers: int
    n_train_positives: int
    calibrated_on: dt.date | None
    seed: int
    code_version: str
    library_versions: dict[str, str]
    artefact_sha256: str


@dataclass(frozen=True)
class MetricFact:
    """One evaluation, with its interval where one was computed."""

    model_group: str
    is_baseline: bool
    test_as_of_date: dt.date
    metric: str
    parameter: str
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class ComparisonFact:
    """The selected model beside the threshold system at equal list size; a null date is all test dates together."""

    test_as_of_date: dt.date | None
    list_kind: str
    list_size: float
    found: float
    found_by_thresholds: float
    more_found: float
    more_found_low: float | None
    more_found_high: float | None
    more_found_share: float | None
    fewer_false_share: float | None


@dataclass(frozen=True)
class FairnessFact:
    """One rate of the selected model's audit; a null date is all test dates together."""

    test_as_of_date: dt.date | None
    list_rule: str
    rate: GroupRate

    @property
    def is_mitigated(self) -> bool:
        """Whether it is of the list with places shared out."""
        return self.list_rule != HIGHEST_SCORES


def find_chosen(connection: Connection, outcome: str) -> Chosen | None:
    """What was selected last for an outcome; none if nothing was, or it has not been trained to score."""
    with connection.cursor(row_factory=class_row(Chosen)) as cursor:
        return cursor.execute(
            """
            with latest as (
                select * from ml.selections where outcome = %s order by selected_at desc limit 1
            )

            select
                latest.outcome, latest.experiment_id, latest.model_group, latest.selected_at, latest.rule,
                latest.verdict, experiments.settings, models.model_id, models.estimator, models.features,
                models.train_start_date, models.train_end_date, models.trained_on, models.n_train_rows,
                models.n_train_officers, models.n_train_positives, models.calibrated_on, models.seed,
                models.code_version, models.library_versions, models.artefact_sha256
            from latest
            inner join ml.experiments using (experiment_id)
            inner join ml.experiment_models using (experiment_id)
            inner join ml.models as models
                on experiment_models.model_id = models.model_id
                and models.role = 'final'
                and models.outcome = latest.outcome
                and models.model_group = latest.model_group
            order by models.predict_as_of_date desc
            limit 1
            """,
            [outcome],
        ).fetchone()


def read_metrics(connection: Connection, chosen: Chosen) -> list[MetricFact]:
    """Every evaluation of the experiment for the outcome, of candidates and baselines, no variations."""
    with connection.cursor(row_factory=class_row(MetricFact)) as cursor:
        return cursor.execute(
            """
            select model_group, is_baseline, test_as_of_date, metric, parameter, value, lower as low, upper as high
            from ml.evaluations
            inner join ml.model_groups using (experiment_id, model_group)
            where experiment_id = %s and outcome = %s and kind <> 'variation'
            order by is_baseline, model_group, metric, parameter, test_as_of_date
            """,
            [chosen.experiment_id, chosen.outcome],
        ).fetchall()


def read_tested_lists(
    connection: Connection, chosen: Chosen, group: str, horizon_months: int
) -> dict[dt.date, tuple[Scores, Flags, Sequence[str]]]:
    """Test date -> scores of a model group, what came of them, and whose they are, in a fixed order."""
    rows = connection.execute(
        """
        select
            models.test_as_of_date,
            array_agg(predictions.score order by predictions.officer_id collate "C"),
            array_agg(labels.label_status = 'positive' order by predictions.officer_id collate "C"),
            array_agg(predictions.officer_id order by predictions.officer_id collate "C")
        from ml.experiment_models
        inner join ml.models using (model_id)
        inner join ml.predictions using (model_id)
        inner join labels.officer_labels as labels
            on predictions.officer_id = labels.officer_id
            and predictions.as_of_date = labels.as_of_date
            and predictions.outcome = labels.outcome
        where
            experiment_models.experiment_id = %s and models.outcome = %s and models.model_group = %s
            and models.role = 'test' and labels.horizon_months = %s
        group by models.test_as_of_date
        order by models.test_as_of_date
        """,
        [chosen.experiment_id, chosen.outcome, group, horizon_months],
    )
    return {date: (np.array(scores), np.array(positive, dtype=bool), ids) for date, scores, positive, ids in rows}


def read_comparisons(connection: Connection, chosen: Chosen) -> list[ComparisonFact]:
    """The selected model beside the threshold system; nothing where the department declares none."""
    names = sql.SQL(", ").join(sql.Identifier(field.name) for field in fields(ComparisonFact))
    query = sql.SQL(
        "select {} from ml.threshold_comparisons where experiment_id = %s and outcome = %s and model_group = %s "
        "order by list_kind, test_as_of_date nulls last"
    ).format(names)
    with connection.cursor(row_factory=class_row(ComparisonFact)) as cursor:
        return cursor.execute(query, [chosen.experiment_id, chosen.outcome, chosen.model_group]).fetchall()


def read_fairness(connection: Connection, chosen: Chosen) -> list[FairnessFact]:
    """The latest audit of the selected model."""
    names = sql.SQL(", ").join(sql.Identifier(field.name) for field in fields(GroupRate))
    query = sql.SQL(
        """
        select test_as_of_date, list_rule, {}
        from ml.fairness_audits
        where
            outcome = %(outcome)s and model_group = %(group)s
            and audit_id = (
                select audit_id
                from ml.fairness_audits
                where experiment_id = %(experiment)s
                order by audited_at desc
                limit 1
            )
        order by test_as_of_date, list_rule, attribute, not is_reference, group_name, metric
        """
    ).format(names)
    values = {"outcome": chosen.outcome, "group": chosen.model_group, "experiment": chosen.experiment_id}
    return [FairnessFact(date, rule, GroupRate(*rate)) for date, rule, *rate in connection.execute(query, values)]


def count_families(connection: Connection, chosen: Chosen) -> list[tuple[str, int]]:
    """Families of the features that the model uses, and how many of each."""
    return connection.execute(
        """
        select family, count(*)
        from features.feature_catalog
        where feature_name = any(%s)
        group by family
        order by count(*) desc, family
        """,
        [chosen.features],
    ).fetchall()


def read_importance(connection: Connection, chosen: Chosen) -> list[tuple[str, float]]:
    """Family -> its mean contribution to a score of the latest scoring, up or down, on the log-odds scale."""
    return connection.execute(
        """
        with latest as (
            select as_of_date, outcome, scored_at, families
            from ml.list_certainty
            where model_id = %s
            order by scored_at desc
            limit 1
        )

        select parts.family, avg(abs(parts.contribution))
        from latest
        inner join ml.explanations using (as_of_date, outcome, scored_at)
        cross join unnest(latest.families, explanations.family_contributions) as parts (family, contribution)
        group by parts.family
        order by 2 desc, 1
        """,
        [chosen.model_id],
    ).fetchall()


def read_list_overlaps(connection: Connection, chosen: Chosen, capacity: int) -> list[tuple[dt.date, dt.date, float]]:
    """Neighbouring replay dates, and how much of the model group's list of one is on the other's."""
    return connection.execute(
        """
        select earlier_as_of_date, later_as_of_date, overlap
        from ml.list_overlaps
        where experiment_id = %s and outcome = %s and model_group = %s and parameter = %s
        order by later_as_of_date
        """,
        [chosen.experiment_id, chosen.outcome, chosen.model_group, str(capacity)],
    ).fetchall()


def read_resampled_overlap(connection: Connection, chosen: Chosen, capacity: int) -> float | None:
    """How much of the last test date's list stays when the model learns from a resample of its officers; a mean."""
    row = connection.execute(
        """
        select avg(resamples.overlap)
        from ml.training_resamples as resamples
        inner join ml.experiment_models using (model_id)
        inner join ml.models using (model_id)
        where experiment_id = %s and outcome = %s and model_group = %s and parameter = %s
        """,
        [chosen.experiment_id, chosen.outcome, chosen.model_group, str(capacity)],
    ).fetchone()
    return row[0] if row else None


def keep_report(connection: Connection, chosen: Chosen, sha256: str, content: str) -> bool:
    """Keep a page, unless it is what the outcome's last one says. True if it is new."""
    kept = read_report(connection, chosen.outcome)
    if kept and kept[1] == sha256:
        return False
    connection.execute(
        "insert into ml.reports (model_id, outcome, sha256, content) values (%s, %s, %s, %s)",
        [chosen.model_id, chosen.outcome, sha256, content],
    )
    return True


def read_report(connection: Connection, outcome: str) -> tuple[str, str] | None:
    """The latest page of an outcome's model and its hash."""
    return connection.execute(
        "select content, sha256 from ml.reports where outcome = %s order by written_at desc limit 1", [outcome]
    ).fetchone()
