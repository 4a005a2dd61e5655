"""Which candidate is used: a rule over what was known at a date, walked forward over the test dates, and nothing else.

The rule is a pure function, so what it saw and what it said can be kept and checked. It is applied at each test date to
what was mature by then, and in the end at the latest as-of date: the figures of `selected` are those of the groups that
were chosen at the time, never those of the one that turned out best. Baselines are not chosen: candidates are compared
with them.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType

import numpy as np

from ml import warehouse
from ml.comparing import compare
from ml.errors import ModellingError
from ml.registry import (
    EvidenceRow,
    ListOverlapRow,
    SelectionRow,
    StandingRow,
    StepRow,
    identify_selection,
)
from ml.resampling import Draws
from ml.settings import DecidingNumber, Experiment, Grid, OutcomePlan

RULE = (
    "Seen are the replays that were mature at the date, with labels as they were knowable then. Refused is a candidate "
    "that tells nobody apart, one whose list of the department's size keeps less from one replay date to the next than "
    "a set share of what the steadiest keeps and, of what may score now, one that is over the fairness bound. Of the "
    "others, on each deciding metric the best has the least mean regret over the replay dates, and a candidate is "
    "within noise of it if their mean difference is at most a set number of standard errors over officers drawn with "
    "replacement. Chosen is the simplest candidate within noise on every deciding metric; if there is none, the one "
    "with the least relative regret in sum. Before anything is mature it is the reference candidate."
)

# Candidate -> why it is refused.
Refusals = Mapping[str, Sequence[str]]


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
class Choice:
    """What the rule says at one date, and what it saw."""

    decided_on: dt.date
    model_group: str | None
    verdict: str
    considered: list[Standing]
    refused: dict[str, list[str]]


@dataclass(frozen=True)
class Selection:
    """The chosen group of one outcome, and the choices at the test dates before it."""

    outcome: str
    final: Choice
    steps: list[Choice] = field(default_factory=list)

    @property
    def model_group(self) -> str | None:
        """The group that scores now; none if every candidate is refused."""
        return self.final.model_group

    @property
    def verdict(self) -> str:
        """The decision in words."""
        return self.final.verdict


def select(
    connection: warehouse.Connection,
    experiment: Experiment,
    experiment_id: str,
    unfair: Mapping[str, Refusals] = MappingProxyType({}),
) -> dict[str, Selection]:
    """Choose a group for each outcome of an experiment and record it, unless it is what stands already.

    `unfair` maps outcomes to the candidates that are over the fairness bound.

    Raises:
        ModellingError: the experiment was not replayed: without evidence the rule would fall back on the reference.
    """
    if not warehouse.has_experiment(connection, experiment_id):
        raise ModellingError(
            "With these data, settings and code no candidate was replayed yet; a delivery changes the data. Run job "
            "`backtest`."
        )
    evidence = warehouse.read_evidence(connection, experiment_id)
    overlaps = warehouse.read_overlaps(connection, experiment_id)
    today = warehouse.list_as_of_dates(connection)[-1]
    selections = {
        plan.name: walk_forward(evidence, overlaps, experiment, plan, today, unfair.get(plan.name, {}))
        for plan in experiment.outcomes
    }
    for outcome, selection in selections.items():
        record(connection, experiment, experiment_id, outcome, selection)
    return selections


def walk_forward(
    evidence: Sequence[EvidenceRow],
    overlaps: Sequence[ListOverlapRow],
    experiment: Experiment,
    plan: OutcomePlan,
    today: dt.date,
    unfair: Refusals = MappingProxyType({}),
) -> Selection:
    """Apply the rule at each test date, and now.

    The fairness audit is of all test dates, so its bound is for the decision that stands: at a test date it would be
    hindsight.
    """

    def decide(date: dt.date, refused: Refusals) -> Choice:
        seen = [row for row in evidence if (row.outcome, row.decided_on) == (plan.name, date)]
        lists = [row for row in overlaps if row.outcome == plan.name and row.later_as_of_date <= date]
        return choose(seen, lists, experiment, date, refused)

    return Selection(plan.name, decide(today, unfair), [decide(date, {}) for date in plan.test_dates])


def choose(
    evidence: Sequence[EvidenceRow],
    overlaps: Sequence[ListOverlapRow],
    experiment: Experiment,
    date: dt.date,
    unfair: Refusals,
) -> Choice:
    """Apply the rule to what was known of one outcome at one date."""
    grid = experiment.grid
    refused = refuse_unsteady(overlaps, grid, str(experiment.capacity))
    for group, reasons in unfair.items():
        refused.setdefault(group, []).extend(reasons)
    simplest_first = [candidate.group for candidate in grid.candidates]
    allowed = [group for group in simplest_first if group not in refused]
    considered = [standing for number in grid.deciding for standing in rank_candidates(evidence, number, allowed, grid)]
    reasons = " ".join(f"{group} is refused: {'; '.join(why)}." for group, why in refused.items())
    if not allowed:
        return Choice(date, None, f"Every candidate is refused. {reasons}", considered, refused)
    if not considered:
        group = grid.reference if grid.reference in allowed else allowed[0]
        return Choice(date, group, f"{group}: nothing was mature yet. {reasons}".strip(), considered, refused)
    found = find_simplest_within_noise(considered, allowed)
    group = found or find_least_regret(considered, allowed)
    verdict = write_verdict(considered, group, is_agreed=found is not None)
    return Choice(date, group, f"{verdict} {reasons}".strip(), considered, refused)


def refuse_unsteady(overlaps: Sequence[ListOverlapRow], grid: Grid, parameter: str) -> dict[str, list[str]]:
    """Candidates that tell nobody apart, or whose list moves much more than the steadiest one's, with the reason."""
    lists: dict[str, list[ListOverlapRow]] = {}
    for row in overlaps:
        if row.parameter == parameter:
            lists.setdefault(row.model_group, []).append(row)
    # Where all scores are equal nothing correlates; what orders such a list never changes, and is no steadiness.
    means = {
        group: np.mean([row.overlap if row.rank_correlation else 0 for row in rows]) for group, rows in lists.items()
    }
    least = grid.least_share_of_best_overlap * max(means.values(), default=0.0)
    refused: dict[str, list[str]] = {}
    for group, rows in lists.items():
        if not any(row.rank_correlation for row in rows):
            refused[group] = ["it tells nobody apart from one date to the next"]
        elif means[group] < least:
            refused[group] = [f"its list overlaps by {means[group]:.2f} from date to date, {least:.2f} is needed"]
    return refused


def rank_candidates(
    evidence: Sequence[EvidenceRow], number: DecidingNumber, groups: Sequence[str], grid: Grid
) -> list[Standing]:
    """Each candidate against the best one on one metric; among equals the simpler is the best."""
    draws = collect_draws(evidence, number, groups)
    if not draws:
        return []
    at_best = np.max([own[:, 0] for own in draws.values()], axis=0)
    regret = {group: float((at_best - own[:, 0]).mean()) for group, own in draws.items()}
    best = min(regret, key=lambda group: regret[group])
    standings = []
    for group, own in draws.items():
        gaps = (draws[best] - own).mean(axis=0)
        error = float(np.nanstd(gaps[1:])) if len(gaps) > 1 else 0.0
        gap = float(gaps[0])
        is_within_noise = gap <= grid.noise_standard_errors * error
        mean = float(own[:, 0].mean())
        standings.append(
            Standing(group, number.metric, number.parameter, len(own), mean, regret[group], gap, error, is_within_noise)
        )
    return standings


def collect_draws(evidence: Sequence[EvidenceRow], number: DecidingNumber, groups: Sequence[str]) -> dict[str, Draws]:
    """Group -> replay date by draw, of the dates at which every one of the groups has a value."""
    by_group: dict[str, dict[dt.date, list[float]]] = {group: {} for group in groups}
    for row in evidence:
        is_defined = np.isfinite(row.draws[0])
        if (
            row.model_group in by_group
            and (row.metric, row.parameter) == (number.metric, number.parameter)
            and is_defined
        ):
            by_group[row.model_group][row.replay_as_of_date] = row.draws
    dates = sorted(set.intersection(*(set(own) for own in by_group.values()))) if by_group else []
    return {group: np.array([own[date] for date in dates]) for group, own in by_group.items()} if dates else {}


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


def write_verdict(considered: Sequence[Standing], group: str, is_agreed: bool) -> str:
    """The decision in words."""
    reason = (
        "the simplest candidate within noise of the best on every deciding metric"
        if is_agreed
        else "no candidate is within noise of the best on every deciding metric; this one has the least relative regret"
    )
    sentences = [f"{group}: {reason}."]
    # Its own figures first, then why not the others.
    for standing in sorted(considered, key=lambda standing: standing.model_group != group):
        label = f"{standing.metric} {standing.parameter}".strip()
        if standing.model_group == group:
            sentences.append(f"{label} {standing.mean:.3f} over {standing.n_dates} replay dates.")
        elif not standing.is_within_noise:
            sentences.append(
                f"{standing.model_group} is {standing.gap_to_best:.3f} behind on {label} "
                f"(standard error {standing.standard_error:.3f})."
            )
    return " ".join(sentences)


def record(
    connection: warehouse.Connection, experiment: Experiment, experiment_id: str, outcome: str, selection: Selection
) -> None:
    """Keep the decision, the walk forward and the comparisons that follow, unless they are what stands already."""
    choices = [*selection.steps, selection.final]
    selection_id = identify_selection(
        experiment_id,
        outcome,
        [[choice.decided_on.isoformat(), choice.model_group, choice.verdict] for choice in choices],
    )
    if warehouse.find_selection(connection, outcome) == selection_id:
        return
    final = selection.final
    row = SelectionRow(
        experiment_id,
        outcome,
        final.model_group,
        selection_id,
        final.decided_on,
        RULE,
        {"standings": [asdict(standing) for standing in final.considered]},
        final.refused,
        final.verdict,
    )
    steps = [
        StepRow(selection_id, outcome, choice.decided_on, choice is not final, choice.model_group, choice.verdict)
        for choice in choices
    ]
    standings = [
        StandingRow(selection_id, choice.decided_on, **asdict(standing))
        for choice in {choice.decided_on: choice for choice in choices}.values()
        for standing in choice.considered
    ]
    chosen = {choice.decided_on: choice.model_group for choice in selection.steps}
    models = warehouse.read_draws(connection, experiment_id, outcome)
    comparisons = compare(models, chosen, experiment, experiment_id, outcome, selection_id)
    warehouse.write_selection(connection, row, steps, standings, comparisons)
