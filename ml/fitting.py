"""One model: what it may learn from, what it depends on, fitting it and turning what it says into scores.

Point in time: a model trained on a day learns from labels that were mature by that day, as they were knowable then.
Belongs here: everything about a single model; this code is part of its identity (`ml.registry.MODEL_CODE`). Does not:
which models there are, and their order (`ml.training`).
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

from ml import calibration
from ml.calibration import Calibration
from ml.errors import ModellingError
from ml.estimators import Blend, Recipe, describe, find_columns, log_odds, score_by_rule
from ml.evaluation import compare_lists, name_lists, rank
from ml.matrices import Flags, Floats, Labels, Matrix, Scores
from ml.registry import (
    ModelRow,
    Predictions,
    Role,
    TrainedModel,
    TrainingResampleRow,
    hash_model_code,
    identify_model,
    list_versions,
    preserve,
)
from ml.settings import Experiment, OutcomePlan
from ml.shelf import Shelf
from ml.splits import find_training_day, list_training_dates

Rows = npt.NDArray[np.intp]

# Features as several models want them, and models that learnt the same: as many as are wanted again soon.
N_PREPARED, N_FITTED = 6, 100


@dataclass(frozen=True)
class Study:
    """What every model of an experiment shares; labels by outcome and horizon."""

    experiment: Experiment
    matrix: Matrix
    labels: dict[tuple[str, int], Labels]
    as_of_dates: list[dt.date]
    prepared: Shelf = field(default_factory=lambda: Shelf(N_PREPARED), init=False)
    fitted: Shelf = field(default_factory=lambda: Shelf(N_FITTED), init=False)

    def labels_of(self, plan: OutcomePlan) -> Labels:
        """The labels that models are judged by: those of the department's horizon."""
        return self.labels[plan.name, self.experiment.horizon_months]


@dataclass(frozen=True)
class Lesson:
    """What a model may learn from."""

    trained_on: dt.date
    dates: list[dt.date]
    rows: Rows
    is_positive: Flags
    features: tuple[str, ...]


@dataclass(frozen=True)
class Job:
    """A model that an experiment needs, identified, not yet fitted; calibrator is an earlier replay of its group.

    Models with the same lesson are the same estimator, asked at several dates.
    """

    model_id: str
    lesson_id: str
    learns_until: dt.date
    plan: OutcomePlan
    recipe: Recipe
    role: Role
    date: dt.date
    calibrator: "Job | None"
    members: "tuple[Job, ...]" = ()  # of a blend
    n_resamples: int = 0

    @property
    def label(self) -> str:
        """Words that progress shows."""
        return f"{self.plan.name} {self.date:%Y-%m} {self.recipe.group}"


@dataclass(frozen=True)
class Fit:
    """A fitted estimator, its row before calibration, and log-odds of its date's cohort, or a rule's own numbers.

    Of models trained on drawn officers a replay keeps what they say, and a final model keeps them.
    """

    row: ModelRow
    estimator: Any
    said: Scores | None
    said_by_resamples: list[Scores]
    refits: Sequence[Any] = ()


def list_dates_to_learn(
    experiment: Experiment, plan: OutcomePlan, recipe: Recipe, available: Sequence[dt.date], date: dt.date
) -> tuple[dt.date, list[dt.date]]:
    """When the model in use at a date was trained, and the as-of dates that it learnt from; there may be none."""
    replay = recipe.replay
    trained_on = find_training_day(date, plan.test_dates[0], replay.retrain_every_months)
    return trained_on, list_training_dates(
        available,
        trained_on,
        months_to_maturity=experiment.months_to_maturity(plan, replay),
        train_from=experiment.train_from,
        every_months=experiment.train_every_months,
        history_months=replay.train_history_months,
    )


def find_lesson(study: Study, plan: OutcomePlan, recipe: Recipe, date: dt.date) -> Lesson:
    """Rows, labels and features that the model in use at a date may learn from.

    Raises:
        ModellingError: no officer had the outcome, or every one had.
    """
    matrix, replay = study.matrix, recipe.replay
    trained_on, dates = list_dates_to_learn(study.experiment, plan, recipe, study.as_of_dates, date)
    labels = study.labels[plan.name, replay.horizon_months or study.experiment.horizon_months]
    rows = matrix.find_rows(dates)
    if replay.undecided == "left_out":
        rows = rows[~labels.undecided_at(trained_on, rows)]
    is_positive = labels.knowable_at(trained_on, rows)
    if is_positive.all() or not is_positive.any():
        raise ModellingError(
            f"Nothing to learn '{plan.name}' from at {date}: of {len(rows):,} officers at {len(dates)} as-of dates "
            f"{int(is_positive.sum()):,} were known to have it. Choose a later test date or another outcome."
        )
    # What nobody had by then cannot be learnt from, and scikit-learn's trees do not take a column without a value.
    features = recipe.features if recipe.is_baseline else matrix.find_seen(rows, recipe.features)
    return Lesson(trained_on, dates, rows, is_positive, features)


def define_job(
    study: Study,
    plan: OutcomePlan,
    recipe: Recipe,
    role: Role,
    date: dt.date,
    calibrator: Job | None,
    members: Sequence[Job] = (),
    n_resamples: int = 0,
) -> Job:
    """The model of a group for a date, with the identifier that follows from all that it depends on.

    Raises:
        ModellingError: there is nothing to learn from.
    """
    lesson = find_lesson(study, plan, recipe, date)
    lesson_id = identify_model(
        recipe.spec,
        study.experiment.grid.seed,
        study.matrix.identify(lesson.dates, lesson.features),
        hashlib.blake2b(lesson.rows.size.to_bytes(8, "big") + _pack(study, lesson), digest_size=16).hexdigest(),
    )
    model_id = identify_model(
        [plan.name, recipe.group, role, date.isoformat(), lesson.trained_on.isoformat()],
        lesson_id,
        study.matrix.identify([date], lesson.features) if role != "final" else "",
        calibrator and calibrator.model_id,
        calibrator and find_truth(study, calibrator, date)[0],
        [member.model_id for member in members],
        [n_resamples, study.experiment.list_sizes, study.experiment.grid.list_shares] if n_resamples else [],
    )
    return Job(model_id, lesson_id, lesson.dates[-1], plan, recipe, role, date, calibrator, tuple(members), n_resamples)


def _pack(study: Study, lesson: Lesson) -> bytes:
    """Which rows of its dates a model learns from, and their labels."""
    every = study.matrix.find_rows(lesson.dates)
    is_used = np.isin(every, lesson.rows) if len(lesson.rows) < len(every) else np.ones(1, dtype=bool)
    return is_used.tobytes() + lesson.is_positive.tobytes()


def find_truth(study: Study, job: Job, known_before: dt.date) -> tuple[str, Flags]:
    """What came of a replayed cohort as it was knowable at a later date: a hash of it, and the labels."""
    rows = study.matrix.find_rows([job.date])
    is_positive = study.labels_of(job.plan).knowable_at(known_before, rows)
    return hashlib.blake2b(is_positive.tobytes(), digest_size=16).hexdigest(), is_positive


def fit(study: Study, job: Job) -> Fit:
    """The fitted estimator, and what it says of the cohort of its date; a final model is not asked yet.

    Raises:
        ModellingError: there is nothing to learn from.
    """
    matrix, lesson = study.matrix, find_lesson(study, job.plan, job.recipe, job.date)
    estimator = study.fitted.fetch(job.lesson_id, lambda: learn(study, lesson, job.recipe.estimator))
    row = describe_model(study, job, lesson)
    drawn = (refit(study, lesson, job.recipe.estimator, draw) for draw in range(job.n_resamples))
    if job.role == "final":
        return Fit(row, estimator, None, [], [*drawn])
    ask = score_by_rule if job.recipe.is_baseline else log_odds
    asked = matrix.take(matrix.find_rows([job.date]), lesson.features)
    return Fit(row, estimator, ask(estimator, asked), [ask(one, asked) for one in drawn])


def learn(study: Study, lesson: Lesson, estimator: Any) -> Any:
    """The estimator, fitted to a lesson."""
    if not isinstance(estimator, Pipeline):
        return clone(estimator).fit(study.matrix.take(lesson.rows, lesson.features), lesson.is_positive)
    preparation, X = prepare(study, lesson, estimator)
    return complete(preparation, estimator, X, lesson.is_positive)


def refit(study: Study, lesson: Lesson, estimator: Pipeline, draw: int) -> Pipeline:
    """The estimator as it would be had it learnt from other officers; its features are prepared as they were."""
    preparation, X = prepare(study, lesson, estimator)
    times = draw_officers(study, lesson, X, draw)
    if has_fit_parameter(estimator[-1], "sample_weight"):
        drawn = np.flatnonzero(times)
        return complete(
            preparation, estimator, take_rows(X, drawn), lesson.is_positive[drawn], sample_weight=times[drawn]
        )
    drawn = np.repeat(np.arange(len(times)), times)
    return complete(preparation, estimator, take_rows(X, drawn), lesson.is_positive[drawn])


def prepare(study: Study, lesson: Lesson, estimator: Pipeline) -> tuple[Pipeline, Floats]:
    """The steps before an estimator, fitted, and what they make of a lesson: once for all models with these rows.

    Steps see no labels, so that outcomes can share them.
    """
    steps = estimator[:-1]

    def make() -> tuple[Pipeline, Floats]:
        X = study.matrix.take(lesson.rows, lesson.features)
        preparation = clone(steps)
        return (preparation, preparation.fit_transform(X)) if len(steps) else (preparation, X)

    rows = hashlib.blake2b(lesson.rows.tobytes(), digest_size=16).digest()
    return study.prepared.fetch((repr(steps.steps), lesson.features, rows), make)


def complete(preparation: Pipeline, estimator: Pipeline, X: Floats, y: Flags, **weights: Rows) -> Pipeline:
    """A pipeline of fitted steps and its estimator, fitted to what they made."""
    name, last = estimator.steps[-1]
    return Pipeline([*preparation.steps, (name, clone(last).fit(X, y, **weights))])


def draw_officers(study: Study, lesson: Lesson, X: Floats, draw: int) -> Rows:
    """How often each row is drawn: officers with replacement, each with all dates; the same for every candidate."""
    numbers = np.unique(study.matrix.officer_numbers[lesson.rows], return_inverse=True)[1]
    random = np.random.default_rng([study.experiment.grid.seed, draw])
    n_officers = int(numbers.max()) + 1
    times = np.bincount(random.integers(n_officers, size=n_officers), minlength=n_officers)[numbers]
    return keep_learnable(times, X, lesson.is_positive)


def take_rows(X: Floats, rows: Rows) -> Floats:
    """Rows of a matrix, in the order in memory that it has."""
    return X.T.take(rows, axis=1).T if X.flags.f_contiguous else X.take(rows, axis=0)


def keep_learnable(times: Rows, X: Floats, is_positive: Flags) -> Rows:
    """Draws with a row added for each label, and for each feature with a value, that no drawn row has.

    A small department can draw nobody with the outcome; and trees do not take a column without a value.
    """
    is_lost = np.isnan(X[times > 0]).all(axis=0)
    needed = {int(found) for found in (~np.isnan(X[:, is_lost])).argmax(axis=0)}
    needed |= {int((is_positive == label).argmax()) for label in (True, False) if label not in is_positive[times > 0]}
    return times + np.bincount(sorted(needed), minlength=len(times))


def blend(study: Study, job: Job, members: Sequence[Fit]) -> Fit:
    """The mean of models that are fitted already."""
    lesson = find_lesson(study, job.plan, job.recipe, job.date)
    columns = find_columns(lesson.features, [member.row.features for member in members])
    estimator = Blend([member.estimator for member in members], columns)
    said = [member.said for member in members if member.said is not None]
    by_resamples = [
        np.mean(said_in_draw, axis=0)
        for said_in_draw in zip(*(member.said_by_resamples for member in members), strict=True)
    ]
    refits = [Blend(list(drawn), columns) for drawn in zip(*(member.refits for member in members), strict=True)]
    row = describe_model(study, job, lesson)
    return Fit(row, estimator, np.mean(said, axis=0) if said else None, by_resamples, refits)


def calibrate(study: Study, job: Job, fitted: Fit, predictions: Mapping[str, Predictions]) -> TrainedModel:
    """The model as it is registered: its scores are probabilities, as far as an earlier date can tell."""
    used = Calibration()
    if job.calibrator:
        earlier = predictions[job.calibrator.model_id].log_odds
        assert earlier is not None  # noqa: S101 - baselines calibrate nothing
        used = calibration.fit(earlier, find_truth(study, job.calibrator, job.date)[1], job.calibrator.date)
    row = replace(
        fitted.row,
        calibration_slope=used.slope,
        calibration_intercept=used.intercept,
        calibrated_on=used.calibrated_on,
    )
    predicted = None
    if fitted.said is not None:
        officers = study.matrix.officers[study.matrix.find_rows([job.date])]
        scores = fitted.said if row.is_baseline else used.apply(fitted.said)
        log_odds = None if row.is_baseline else fitted.said
        predicted = Predictions(officers, log_odds, scores, rank(scores, officers))
    if row.is_baseline:  # It has nothing to preserve.
        return TrainedModel(row, None, predicted, [])
    artefact = preserve(fitted.estimator)
    resamples = [*compare_resamples(study, job, fitted)]
    refits = [preserve(refit) for refit in fitted.refits]
    return TrainedModel(replace(row, artefact_sha256=artefact.sha256), artefact, predicted, resamples, refits)


def compare_resamples(study: Study, job: Job, fitted: Fit) -> Iterator[TrainingResampleRow]:
    """How like the model's lists are those of the same candidate trained on drawn officers."""
    officers = study.matrix.officers[study.matrix.find_rows([job.date])]
    grid = study.experiment.grid
    lists = name_lists(study.experiment.list_sizes, grid.list_shares, len(officers))
    for draw, said in enumerate(fitted.said_by_resamples, start=1):
        assert fitted.said is not None  # noqa: S101 - only replays are resampled
        for parameter, agreement in compare_lists(fitted.said, said, officers, lists):
            yield TrainingResampleRow(job.model_id, draw, parameter, *agreement)


def describe_model(study: Study, job: Job, lesson: Lesson) -> ModelRow:
    """The model's row of the registry, before calibration."""
    recipe = job.recipe
    return ModelRow(
        model_id=job.model_id,
        outcome=job.plan.name,
        model_group=recipe.group,
        is_baseline=recipe.is_baseline,
        variation=recipe.variation,
        role=job.role,
        train_start_date=lesson.dates[0],
        train_end_date=lesson.dates[-1],
        horizon_months=recipe.replay.horizon_months or study.experiment.horizon_months,
        trained_on=lesson.trained_on,
        predict_as_of_date=job.date,
        test_as_of_date=None if job.role == "final" else job.date,
        n_train_rows=len(lesson.rows),
        n_train_officers=int(np.count_nonzero(np.bincount(study.matrix.officer_numbers[lesson.rows]))),
        n_train_positives=int(lesson.is_positive.sum()),
        features=list(lesson.features),
        estimator=describe(recipe.estimator),
        seed=study.experiment.grid.seed,
        calibration_slope=1.0,
        calibration_intercept=0.0,
        calibrated_on=None,
        code_version=hash_model_code(),
        library_versions=list_versions(),
        settings=recipe.replay.model_dump(mode="json"),
        artefact_sha256=None,
    )
