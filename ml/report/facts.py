"""What a report says in numbers: read from the registry, summed up, in the order in which it is told.

Belongs here: choosing and summing up stored figures. Does not: words (`page.html.j2`), SQL (`ml.warehouse.reports`).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ml import warehouse
from ml.errors import ModellingError
from ml.evaluation import expect_hits
from ml.fairness import EVERYBODY, GroupRate
from ml.intervals import Estimate, estimate_rate
from ml.matrices import Flags, Scores
from ml.warehouse.reports import (
    Chosen,
    ComparisonFact,
    FairnessFact,
    MetricFact,
    count_families,
    find_chosen,
    read_comparisons,
    read_fairness,
    read_importance,
    read_list_overlaps,
    read_metrics,
    read_resampled_overlap,
    read_tested_lists,
)

THRESHOLD_SYSTEM = "threshold_system"
N_BINS = 10
CURVE_POINTS = 60
CURVE_SHARE = 0.2  # of the cohort: nobody acts on a longer list


@dataclass(frozen=True)
class Subject:
    """What the department says about itself and its policy; the only words of a report that are not in the registry."""

    department: str
    outcome: str
    description: str
    answers_for_it: str
    intended_use: Sequence[str]
    forbidden_use: Sequence[str]


@dataclass(frozen=True)
class Line:
    """One model group over the test dates: values with their intervals."""

    group: str
    points: dict[dt.date, Estimate]

    @property
    def mean(self) -> float:
        """Mean over the test dates."""
        return float(np.mean([point.value for point in self.points.values()]))


@dataclass(frozen=True)
class Curve:
    """Precision and recall of one model group's lists by their length, all test dates together."""

    group: str
    shares: list[float]
    precision: list[float]
    recall: list[float]


@dataclass(frozen=True)
class Bin:
    """Officers of similar predicted probability, and what share of them had the outcome."""

    n_officers: int
    predicted: float
    observed: Estimate


@dataclass(frozen=True)
class Mitigation:
    """The list of highest scores beside the one with places shared out, at one test date."""

    test_as_of_date: dt.date
    precision_without: float
    precision_with: float
    recall_gap_without: float
    recall_gap_with: float


@dataclass(frozen=True)
class Facts:
    """Everything that a report says."""

    subject: Subject
    chosen: Chosen
    capacity: int
    horizon_months: int
    test_dates: list[dt.date]
    mean_cohort: float
    base_rate: float
    precision: dict[str, Line]
    recall: dict[str, Line]
    auc: dict[str, Line]
    best_count: str | None
    curves: list[Curve]
    bins: list[Bin]
    comparisons: list[ComparisonFact]
    fairness: list[FairnessFact]
    mitigation: list[Mitigation]
    overlaps: list[tuple[dt.date, dt.date, float]]
    resampled: float | None
    families: list[tuple[str, int]]
    importance: list[tuple[str, float]]

    @property
    def group(self) -> str:
        """The selected model group."""
        return self.chosen.model_group

    @property
    def false_in_100(self) -> int:
        """Of 100 officers on the list, about so many will not have the outcome."""
        return round(100 * (1 - self.precision[self.group].mean))

    @property
    def missed_in_100(self) -> int:
        """Of 100 officers who will have the outcome, about so many are not on the list."""
        return round(100 * (1 - self.recall[self.group].mean))

    def overall(self, kind: str) -> ComparisonFact | None:
        """The comparison with the threshold system over all test dates, for one kind of list."""
        return next((c for c in self.comparisons if c.list_kind == kind and c.test_as_of_date is None), None)


def collect(connection: warehouse.Connection, subject: Subject) -> Facts:
    """What the registry says about the selected model of an outcome.

    Raises:
        ModellingError: no model of the outcome was selected and trained.
    """
    chosen = find_chosen(connection, subject.outcome)
    if chosen is None:
        raise ModellingError(
            f"No model of '{subject.outcome}' has been selected and trained yet. Run the line first: eis run."
        )
    settings = chosen.settings
    capacity, horizon = int(settings["capacity"]), int(settings["horizon_months"])
    metrics = read_metrics(connection, chosen)
    dates = sorted({metric.test_as_of_date for metric in metrics})
    precision = draw_lines(metrics, "precision", str(capacity))
    baselines = {metric.model_group for metric in metrics if metric.is_baseline} - {THRESHOLD_SYSTEM, "base_rate"}
    counts = [group for group in precision if group in baselines]
    best_count = max(counts, key=lambda group: precision[group].mean, default=None)
    shown = [group for group in (chosen.model_group, THRESHOLD_SYSTEM, best_count) if group and group in precision]
    lists = {group: read_tested_lists(connection, chosen, group, horizon) for group in shown}
    fairness = read_fairness(connection, chosen)
    return Facts(
        subject=subject,
        chosen=chosen,
        capacity=capacity,
        horizon_months=horizon,
        test_dates=dates,
        mean_cohort=float(np.mean([len(scores) for scores, _, _ in lists[chosen.model_group].values()])),
        base_rate=float(np.mean([is_positive.mean() for _, is_positive, _ in lists[chosen.model_group].values()])),
        precision=precision,
        recall=draw_lines(metrics, "recall", str(capacity)),
        auc=draw_lines(metrics, "auc", ""),
        best_count=best_count,
        curves=[draw_curve(group, lists[group]) for group in shown],
        bins=bin_scores(lists[chosen.model_group]),
        comparisons=read_comparisons(connection, chosen),
        fairness=fairness,
        mitigation=sum_up_mitigation(fairness),
        overlaps=read_list_overlaps(connection, chosen, capacity),
        resampled=read_resampled_overlap(connection, chosen, capacity),
        families=count_families(connection, chosen),
        importance=read_importance(connection, chosen),
    )


Lists = Mapping[dt.date, tuple[Scores, Flags, Sequence[str]]]


def draw_lines(metrics: Sequence[MetricFact], metric: str, parameter: str) -> dict[str, Line]:
    """Model group -> one metric over the test dates."""
    lines: dict[str, dict[dt.date, Estimate]] = {}
    for fact in metrics:
        if (fact.metric, fact.parameter) == (metric, parameter):
            lines.setdefault(fact.model_group, {})[fact.test_as_of_date] = Estimate(fact.value, fact.low, fact.high)
    return {group: Line(group, points) for group, points in lines.items()}


def draw_curve(group: str, lists: Lists) -> Curve:
    """Precision and recall at list lengths up to a fifth of the cohort, means over the test dates."""
    shares = np.linspace(CURVE_SHARE / CURVE_POINTS, CURVE_SHARE, CURVE_POINTS)
    precision, recall = np.zeros((2, len(lists), CURVE_POINTS))
    for row, (scores, is_positive, _) in enumerate(lists.values()):
        sizes = np.maximum(1, np.rint(shares * len(scores))).astype(int)
        hits = np.array([expect_hits(is_positive, scores, size) for size in sizes.tolist()])
        precision[row], recall[row] = hits / sizes, hits / max(1, is_positive.sum())
    return Curve(group, shares.tolist(), precision.mean(axis=0).tolist(), recall.mean(axis=0).tolist())


def bin_scores(lists: Lists) -> list[Bin]:
    """Tenths of the officers by predicted probability, all test dates together, officers counted once."""
    scores = np.concatenate([scores for scores, _, _ in lists.values()])
    is_positive = np.concatenate([is_positive for _, is_positive, _ in lists.values()])
    _, officers = np.unique(np.concatenate([np.array(ids) for _, _, ids in lists.values()]), return_inverse=True)
    bins = []
    for rows in np.array_split(np.argsort(scores, kind="stable"), N_BINS):
        observed = estimate_rate(is_positive[rows].astype(float), np.ones(len(rows)), officers[rows])
        if observed:
            bins.append(Bin(len(np.unique(officers[rows])), float(scores[rows].mean()), observed))
    return bins


def sum_up_mitigation(fairness: Sequence[FairnessFact]) -> list[Mitigation]:
    """What the mitigation would have done at each test date that has an earlier one to learn it from."""
    summed = []
    for date in sorted({fact.test_as_of_date for fact in fairness if fact.test_as_of_date and fact.is_mitigated}):
        at_date = [fact for fact in fairness if fact.test_as_of_date == date]
        attribute = next(fact.list_rule for fact in at_date if fact.is_mitigated).removeprefix("equal recall by ")
        values: dict[tuple[str, bool], float] = {}
        for is_mitigated in (False, True):
            rates = [fact.rate for fact in at_date if fact.is_mitigated == is_mitigated]
            recalls = [
                rate.value
                for rate in rates
                if rate.metric == "recall" and rate.attribute == attribute and rate.value is not None
            ]
            precision = find_rate(rates, EVERYBODY, EVERYBODY, "precision")
            if recalls and precision and precision.value is not None:
                values["precision", is_mitigated] = precision.value
                values["gap", is_mitigated] = max(recalls) - min(recalls)
        if len(values) == 4:
            summed.append(
                Mitigation(
                    date,
                    values["precision", False],
                    values["precision", True],
                    values["gap", False],
                    values["gap", True],
                )
            )
    return summed


def find_rate(rates: Sequence[GroupRate], attribute: str, group: str, metric: str) -> GroupRate | None:
    """One rate of an audit."""
    wanted = (attribute, group, metric)
    return next((rate for rate in rates if (rate.attribute, rate.group_name, rate.metric) == wanted), None)
