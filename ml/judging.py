"""How good the replayed models of an experiment were, from what they said and what came of it.

Belongs here: which figures of which models, as rows. Does not: the metrics themselves (`ml.evaluation`,
`ml.resampling`), or choosing (`ml.selection`).
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from ml.evaluation import bin_scores, compare_lists, follow_list, measure, name_lists, spread_sizes
from ml.fitting import Job, Rows, Study
from ml.intervals import Weights, draw_officers, summarise
from ml.matrices import Flags
from ml.registry import (
    CalibrationBinRow,
    DrawsRow,
    EvaluationRow,
    EvidenceRow,
    ListCurveRow,
    ListOverlapRow,
    Predictions,
)
from ml.resampling import Draws, resample_metrics
from ml.settings import OutcomePlan
from ml.splits import list_mature


@dataclass(frozen=True)
class Judgement:
    """Everything that judging an experiment gives; each is a table of schema `ml`."""

    evaluations: list[EvaluationRow] = field(default_factory=list)
    draws: list[DrawsRow] = field(default_factory=list)
    curves: list[ListCurveRow] = field(default_factory=list)
    bins: list[CalibrationBinRow] = field(default_factory=list)
    overlaps: list[ListOverlapRow] = field(default_factory=list)
    evidence: list[EvidenceRow] = field(default_factory=list)


@dataclass(frozen=True)
class Bench:
    """What judging the models of one outcome shares: the officers of all its replays by number, and draws of them."""

    study: Study
    plan: OutcomePlan
    experiment_id: str
    predictions: Mapping[str, Predictions]
    officers: Rows
    weights: Weights
    known: dict[tuple[str, bytes], dict[tuple[str, str], Draws]] = field(default_factory=dict)

    def find_lists(self, n: int) -> dict[str, int]:
        """The lists that are judged, in a cohort of n."""
        return name_lists(self.study.experiment.list_sizes, self.study.experiment.grid.list_shares, n)

    def find_outcome(self, job: Job) -> tuple[Rows, Flags]:
        """The rows of a replayed cohort, and what came of it as it is known today."""
        rows = self.study.matrix.find_rows([job.date])
        return rows, self.study.labels_of(self.plan).is_positive[rows]

    def resample(self, job: Job, rows: Rows, is_positive: Flags) -> dict[tuple[str, str], Draws]:
        """Metrics of a replay in every draw, the officers themselves first; computed once for the same labels."""
        key = job.model_id, is_positive.tobytes()
        if key not in self.known:
            weights = self.weights[np.searchsorted(self.officers, self.study.matrix.officer_numbers[rows])]
            scores = self.predictions[job.model_id].scores
            self.known[key] = resample_metrics(is_positive, scores, weights, self.find_lists(len(rows)))
        return self.known[key]


def judge(
    study: Study,
    jobs: Sequence[Job],
    predictions: Mapping[str, Predictions],
    experiment_id: str,
    today: dt.date,
    workers: int,
) -> Judgement:
    """Judge every replayed model of an experiment. `today` is the day of the last decision: the latest as-of date."""
    judgement = Judgement()
    for plan in study.experiment.outcomes:
        replays = [job for job in jobs if job.plan.name == plan.name]
        rows = study.matrix.find_rows({job.date for job in replays})
        officers = np.unique(study.matrix.officer_numbers[rows])
        weights = draw_officers(len(officers), study.experiment.grid.resamples, study.experiment.grid.seed)
        bench = Bench(study, plan, experiment_id, predictions, officers, weights)
        tested = [job for job in replays if job.role == "test"]
        with ThreadPoolExecutor(workers) as pool:
            # What takes long is done side by side, and found below.
            list(pool.map(lambda job, bench=bench: bench.resample(job, *bench.find_outcome(job)), tested))
        for job in tested:
            judge_model(bench, job, judgement)
        judgement.overlaps.extend(compare_dates(bench, replays))
        for day in [*plan.test_dates, today]:
            judgement.evidence.extend(gather_evidence(bench, replays, day))
    return judgement


def judge_model(bench: Bench, job: Job, judgement: Judgement) -> None:
    """Add the figures of one model at its test date."""
    study, grid = bench.study, bench.study.experiment.grid
    rows, is_positive = bench.find_outcome(job)
    scores = bench.predictions[job.model_id].scores
    is_probability = not job.recipe.features or not job.recipe.is_baseline
    drawn = bench.resample(job, rows, is_positive)
    judgement.draws.extend(
        DrawsRow(bench.experiment_id, job.model_id, *name, draws.tolist()) for name, draws in drawn.items()
    )
    for metric, parameter, value in measure(
        is_positive, scores, study.experiment.list_sizes, grid.list_shares, is_probability
    ):
        interval = summarise(drawn[metric, parameter]) if (metric, parameter) in drawn else None
        judgement.evaluations.append(
            EvaluationRow(
                job.model_id,
                bench.experiment_id,
                job.plan.name,
                job.recipe.group,
                job.recipe.is_baseline,
                job.date,
                metric,
                parameter,
                value,
                interval.low if interval else None,
                interval.high if interval else None,
                n_cohort=len(rows),
                n_positive=int(is_positive.sum()),
            )
        )
    sizes = spread_sizes(len(rows), grid.curve_sizes, study.experiment.list_sizes)
    judgement.curves.extend(
        ListCurveRow(bench.experiment_id, job.model_id, int(size), float(found))
        for size, found in zip(sizes, follow_list(is_positive, scores, sizes), strict=True)
    )
    if is_probability:
        judgement.bins.extend(
            CalibrationBinRow(bench.experiment_id, job.model_id, *found)
            for found in bin_scores(is_positive, scores, grid.calibration_bins)
        )


def compare_dates(bench: Bench, replays: Sequence[Job]) -> Iterator[ListOverlapRow]:
    """How much of each candidate's list stays from one replay date to the next, among officers of both cohorts."""
    matrix = bench.study.matrix
    for group, jobs in group_candidates(replays).items():
        for earlier, later in pairwise(jobs):
            rows, later_rows = matrix.find_rows([earlier.date]), matrix.find_rows([later.date])
            _, place, other_place = np.intersect1d(
                matrix.officer_numbers[rows],
                matrix.officer_numbers[later_rows],
                assume_unique=True,
                return_indices=True,
            )
            common = matrix.officers[rows[place]]
            before = bench.predictions[earlier.model_id].scores[place]
            after = bench.predictions[later.model_id].scores[other_place]
            for parameter, agreement in compare_lists(before, after, common, bench.find_lists(len(common))):
                yield ListOverlapRow(
                    bench.experiment_id,
                    bench.plan.name,
                    group,
                    earlier.date,
                    later.date,
                    parameter,
                    len(common),
                    *agreement,
                )


def gather_evidence(bench: Bench, replays: Sequence[Job], decided_on: dt.date) -> Iterator[EvidenceRow]:
    """What was known of the candidates at a date: of replays that were mature, with labels as knowable then."""
    experiment = bench.study.experiment
    for group, jobs in group_candidates(replays).items():
        mature = set(list_mature([job.date for job in jobs], decided_on, experiment.months_to_maturity(bench.plan)))
        for job in jobs:
            if job.date not in mature:
                continue
            rows = bench.study.matrix.find_rows([job.date])
            is_positive = bench.study.labels_of(bench.plan).knowable_at(decided_on, rows)
            drawn = bench.resample(job, rows, is_positive)
            for number in experiment.grid.deciding:
                if (number.metric, number.parameter) in drawn:
                    yield EvidenceRow(
                        bench.experiment_id,
                        bench.plan.name,
                        decided_on,
                        group,
                        job.date,
                        number.metric,
                        number.parameter,
                        drawn[number.metric, number.parameter].tolist(),
                    )


def group_candidates(replays: Sequence[Job]) -> dict[str, list[Job]]:
    """Candidate -> its replays, ascending by date."""
    groups: dict[str, list[Job]] = {}
    for job in sorted(replays, key=lambda job: job.date):
        if job.recipe.kind == "candidate":
            groups.setdefault(job.recipe.group, []).append(job)
    return groups
