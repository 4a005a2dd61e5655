"""Which candidate is used: a rule over evaluations, and nothing else.

The rule is a pure function, so what it saw and what it said can be kept and checked. Baselines are not chosen: they are
what a candidate is compared with.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from ml import warehouse
from ml.errors import ModellingError
from ml.registry import EvaluationRow
from ml.settings import DecidingNumber, Experiment

RULE = (
    "For each deciding metric the best candidate has the least mean regret over the test dates. A candidate is within "
    "noise of it if their mean difference is at most one standard error of the differences by test date. Chosen is the "
    "simplest candidate within noise on every deciding metric; if there is none, the one with the least relative "
    "regret in sum."
)

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Standing:
    """How one candidate stands on one deciding metric."""

    model_group: str
    metric: str
    parameter: str
    n_dates: int
    mean: float
    mean_regret: float
    gap_to_best: float
    standard_error: float
    is_within_noise: bool


@dataclass(frozen=True)
class Selection:
    """The chosen group of one outcome, why, and what the rule saw."""

    outcome: str
    model_group: str
    verdict: str
    considered: list[Standing]


def select(connection: warehouse.Connection, experiment: Experiment, experiment_id: str) -> dict[str, Selection]:
    """Choose a group for each outcome of an experiment and record it, unless it is what stands already.

    Raises:
        ModellingError: the evaluations do not allow a choice.
    """
    evaluations = warehouse.read_evaluations(connection, experiment_id)
    selections = {plan.name: choose(evaluations, experiment, plan.name) for plan in experiment.outcomes}
    for outcome, selection in selections.items():
        if warehouse.find_selected_group(connection, outcome) != (experiment_id, selection.model_group):
            warehouse.write_selection(
                connection,
                experiment_id,
                outcome,
                selection.model_group,
                RULE,
                [asdict(standing) for standing in selection.considered],
                selection.verdict,
            )
    return selections


def choose(evaluations: Sequence[EvaluationRow], experiment: Experiment, outcome: str) -> Selection:
    """Apply the rule to one outcome.

    Raises:
        ModellingError: a deciding metric is not defined at any test date.
    """
    simplest_first = [candidate.group for candidate in experiment.grid.candidates]
    rows = [row for row in evaluations if row.outcome == outcome]
    considered = [
        standing
        for number in experiment.grid.deciding
        for standing in compare(collect_values(rows, number, simplest_first, outcome), number)
    ]
    group = find_simplest_within_noise(considered, simplest_first)
    is_agreed = group is not None
    group = group or find_least_regret(considered, simplest_first)
    return Selection(outcome, group, write_verdict(rows, considered, group, is_agreed), considered)


def collect_values(
    rows: Sequence[EvaluationRow], number: DecidingNumber, groups: Sequence[str], outcome: str
) -> dict[str, Values]:
    """Group -> values over the test dates at which every candidate has one."""
    by_group: dict[str, dict[object, float]] = {group: {} for group in groups}
    for row in rows:
        if row.model_group in by_group and (row.metric, row.parameter) == (number.metric, number.parameter):
            by_group[row.model_group][row.test_as_of_date] = row.value
    dates = sorted(set.intersection(*(set(values) for values in by_group.values())), key=str)
    if not dates:
        raise ModellingError(
            f"No candidate can be chosen for '{outcome}': no test date has {number.metric} {number.parameter} for all "
            f"of {', '.join(groups)}. The cohort may be too small, or nobody had the outcome."
        )
    return {group: np.array([values[date] for date in dates]) for group, values in by_group.items()}


def compare(values: dict[str, Values], number: DecidingNumber) -> list[Standing]:
    """Each candidate against the best one on one metric; among equals the simpler is the best."""
    at_best = np.max(list(values.values()), axis=0)
    regret = {group: float((at_best - own).mean()) for group, own in values.items()}
    best = min(regret, key=lambda group: regret[group])
    standings = []
    for group, own in values.items():
        gaps = values[best] - own
        error = float(gaps.std(ddof=1) / np.sqrt(len(gaps))) if len(gaps) > 1 else 0.0
        gap = float(gaps.mean())
        standings.append(
            Standing(
                group,
                number.metric,
                number.parameter,
                len(gaps),
                float(own.mean()),
                regret[group],
                gap,
                error,
                gap <= error,
            )
        )
    return standings


def find_simplest_within_noise(considered: Sequence[Standing], simplest_first: Sequence[str]) -> str | None:
    """The first group that no deciding metric tells from the best."""
    behind = {standing.model_group for standing in considered if not standing.is_within_noise}
    return next((group for group in simplest_first if group not in behind), None)


def find_least_regret(considered: Sequence[Standing], simplest_first: Sequence[str]) -> str:
    """The group whose regrets, each as a share of the group's mean, are least in sum."""
    total = dict.fromkeys(simplest_first, 0.0)
    for standing in considered:
        total[standing.model_group] += standing.mean_regret / max(standing.mean, np.finfo(float).tiny)
    return min(simplest_first, key=lambda group: total[group])


def write_verdict(rows: Sequence[EvaluationRow], considered: Sequence[Standing], group: str, is_agreed: bool) -> str:
    """The decision in words, with the best baseline beside it."""
    reason = (
        "the simplest candidate within noise of the best on every deciding metric"
        if is_agreed
        else "no candidate is within noise of the best on every deciding metric; this one has the least relative regret"
    )
    sentences = [f"{group}: {reason}."]
    for standing in considered:
        label = f"{standing.metric} {standing.parameter}".strip()
        if standing.model_group == group:
            sentences.append(f"{label} {standing.mean:.3f}, best baseline {_describe_best_baseline(rows, standing)}.")
        elif not standing.is_within_noise:
            sentences.append(f"{standing.model_group} is {standing.gap_to_best:.3f} behind on {label}.")
    return " ".join(sentences)


def _describe_best_baseline(rows: Sequence[EvaluationRow], like: Standing) -> str:
    values: dict[str, list[float]] = {}
    for row in rows:
        if row.is_baseline and (row.metric, row.parameter) == (like.metric, like.parameter):
            values.setdefault(row.model_group, []).append(row.value)
    if not values:
        return "none"
    best = max(values, key=lambda group: np.mean(values[group]))
    return f"{best} {np.mean(values[best]):.3f}"
