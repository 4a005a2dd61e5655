"""Replaying deployment, and training the model that scores.

For each outcome, test date and recipe: fit on what was knowable at the date, predict its cohort, measure against what
happened. Models are independent of each other and of the order in which they finish, so they run side by side; each
computes on one thread, which makes results independent of the number of cores too.
"""

import datetime as dt
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from ml import warehouse
from ml.errors import ModellingError
from ml.estimators import Recipe, cook_baseline, cook_candidate, score_rows
from ml.evaluation import measure, rank
from ml.matrices import RULES_TRIGGERED, Labels, Matrix
from ml.registry import (
    EvaluationRow,
    ModelRow,
    Predictions,
    TrainedModel,
    identify_experiment,
    identify_model,
    preserve,
)
from ml.settings import Experiment, OutcomePlan
from ml.splits import list_training_dates

# Called with what was done last, how many are done, and how many there are.
Report = Callable[[str, int, int], None]

# Each worker holds a copy of its training rows: more than two would trade memory for little.
WORKERS = min(2, os.cpu_count() or 1)


@dataclass(frozen=True)
class Backtest:
    """What a replay gave; all of it is in schema `ml` too."""

    experiment_id: str
    is_reused: bool
    left_out: dict[str, str]
    evaluations: list[EvaluationRow]


@dataclass(frozen=True)
class Study:
    """What every model of an experiment shares."""

    experiment_id: str
    experiment: Experiment
    matrix: Matrix
    labels: dict[str, Labels]
    as_of_dates: list[dt.date]


def ignore_progress(_what: str, _done: int, _total: int) -> None:
    """For callers that show none."""


def run_backtest(
    connection: warehouse.Connection,
    experiment: Experiment,
    data_version: str,
    report: Report = ignore_progress,
    workers: int = WORKERS,
) -> Backtest:
    """Replay every recipe at every test date, once for the same data, settings and code.

    `data_version` says which features and labels these are: it changes when they do.

    Raises:
        ModellingError: the features, labels or dates do not allow what the experiment asks for.
    """
    warehouse.ensure_registry(connection)
    experiment_id = identify_experiment(experiment, data_version)
    is_reused = warehouse.has_experiment(connection, experiment_id)
    if not is_reused:
        features = warehouse.list_features(connection)
        recipes, left_out = cook_all(experiment, features)
        predict_on = {plan.name: plan.test_dates for plan in experiment.outcomes}
        report("reading features and labels", 0, 1)
        columns = [*features, RULES_TRIGGERED] if experiment.has_threshold_rules else features
        study = read_study(connection, experiment_id, experiment, columns, predict_on)
        tasks = [
            Task(f"{plan.name} {date:%Y-%m} {recipe.group}", partial(replay, study, recipe, plan, date))
            for plan in experiment.outcomes
            for date in plan.test_dates
            for recipe in recipes
        ]
        models = run_side_by_side(tasks, report, workers)
        report("writing predictions", len(tasks), len(tasks))
        warehouse.write_experiment(connection, experiment_id, experiment, data_version, left_out, models)
    return Backtest(
        experiment_id,
        is_reused,
        warehouse.read_left_out(connection, experiment_id),
        warehouse.read_evaluations(connection, experiment_id),
    )


def train_final_models(
    connection: warehouse.Connection,
    experiment: Experiment,
    experiment_id: str,
    groups: dict[str, str],
    report: Report = ignore_progress,
    workers: int = WORKERS,
) -> dict[str, str]:
    """Train the selected group of each outcome on all that is knowable at the latest as-of date.

    `groups` maps outcomes to model groups. Returns outcome -> model_id; what is
    registered already is not trained again.

    Raises:
        ModellingError: the features, labels or dates do not allow it.
    """
    latest = warehouse.list_as_of_dates(connection)[-1]
    model_ids = {
        outcome: identify_model(experiment_id, outcome, group, "final", latest) for outcome, group in groups.items()
    }
    missing = [outcome for outcome, model_id in model_ids.items() if not warehouse.read_model(connection, model_id)]
    if missing:
        features = warehouse.list_features(connection)
        recipes = {recipe.group: recipe for recipe in cook_all(experiment, features)[0]}
        report("reading features and labels", 0, 1)
        study = read_study(connection, experiment_id, experiment, features, {name: [latest] for name in missing})
        tasks = [
            Task(
                f"{plan.name} final {groups[plan.name]}",
                partial(train_final, study, recipes[groups[plan.name]], plan, latest),
            )
            for plan in experiment.outcomes
            if plan.name in missing
        ]
        for model in run_side_by_side(tasks, report, workers):
            warehouse.write_model(connection, model)
    return model_ids


def cook_all(experiment: Experiment, features: Sequence[str]) -> tuple[list[Recipe], dict[str, str]]:
    """The recipes of the grid, and the baselines that this department cannot have, with the reason."""
    grid = experiment.grid
    left_out = {
        baseline.group: f"this department has no feature {baseline.feature}"
        for baseline in grid.baselines
        if baseline.feature and baseline.feature not in features
    }
    left_out |= {
        baseline.group: "this department declares no threshold_rules in department.yml"
        for baseline in grid.baselines
        if baseline.counts_rules and not experiment.has_threshold_rules
    }
    baselines = [cook_baseline(baseline) for baseline in grid.baselines if baseline.group not in left_out]
    return [*baselines, *(cook_candidate(candidate, features, grid.seed) for candidate in grid.candidates)], left_out


def read_study(
    connection: warehouse.Connection,
    experiment_id: str,
    experiment: Experiment,
    features: Sequence[str],
    predict_on: dict[str, list[dt.date]],
) -> Study:
    """Read once what all models need: the rows that one of them learns from or predicts.

    Raises:
        ModellingError: a date to predict has no features, or nothing to learn from.
    """
    available = warehouse.list_as_of_dates(connection)
    plans = [plan for plan in experiment.outcomes if plan.name in predict_on]
    needed: set[dt.date] = set()
    for plan in plans:
        for date in predict_on[plan.name]:
            if date not in available:
                raise ModellingError(
                    f"{date} is a test date of '{plan.name}' but not an as-of date of features.officer_cohort. "
                    "Change test_dates or the calendar in department.yml."
                )
            needed.update([date], list_dates_to_learn(experiment, plan, available, date))
    matrix = warehouse.read_matrix(connection, features, needed)
    labels = {
        plan.name: warehouse.read_labels(connection, plan.name, experiment.horizon_months, matrix) for plan in plans
    }
    return Study(experiment_id, experiment, matrix, labels, available)


def list_dates_to_learn(
    experiment: Experiment, plan: OutcomePlan, available: Sequence[dt.date], date: dt.date
) -> list[dt.date]:
    """Training as-of dates of an outcome for a date to predict.

    Raises:
        ModellingError: there are none.
    """
    dates = list_training_dates(
        available,
        predict_on=date,
        horizon_months=experiment.horizon_months,
        train_from=experiment.train_from,
        every_months=experiment.train_every_months,
        lag_months=experiment.lag_months(plan),
    )
    if not dates:
        raise ModellingError(
            f"Nothing to learn '{plan.name}' from at {date}: no as-of date since {experiment.train_from} whose window "
            f"of {experiment.horizon_months} months and lag of {experiment.lag_months(plan)} is over. "
            "Choose a later test date."
        )
    return dates


def fit(
    study: Study, recipe: Recipe, plan: OutcomePlan, date: dt.date, test_date: dt.date | None
) -> tuple[Any, ModelRow]:
    """A fitted estimator that knows what was knowable at a date, and its row of the registry.

    Raises:
        ModellingError: no officer had the outcome, or every one had.
    """
    dates = list_dates_to_learn(study.experiment, plan, study.as_of_dates, date)
    rows = study.matrix.find_rows(dates)
    is_positive = study.labels[plan.name].knowable_at(date, rows)
    if is_positive.all() or not is_positive.any():
        raise ModellingError(
            f"Nothing to learn '{plan.name}' from at {date}: of {len(rows):,} officers at {len(dates)} as-of dates "
            f"{int(is_positive.sum()):,} were known to have it. Choose a later test date or another outcome."
        )
    # What nobody had by then cannot be learnt from, and scikit-learn's trees do not take a column without a value.
    features = recipe.features if recipe.is_baseline else study.matrix.find_seen(rows, recipe.features)
    estimator = clone(recipe.estimator).fit(study.matrix.take(rows, features), is_positive)
    row = ModelRow(
        model_id=identify_model(study.experiment_id, plan.name, recipe.group, "test" if test_date else "final", date),
        experiment_id=study.experiment_id,
        outcome=plan.name,
        model_group=recipe.group,
        is_baseline=recipe.is_baseline,
        train_start_date=dates[0],
        train_end_date=dates[-1],
        predict_as_of_date=date,
        test_as_of_date=test_date,
        n_train_rows=len(rows),
        n_train_officers=len(np.unique(study.matrix.officers[rows])),
        n_train_positives=int(is_positive.sum()),
        features=list(features),
        estimator=" ".join(repr(recipe.estimator).split()),
        seed=study.experiment.grid.seed,
        artefact_sha256=None,
    )
    return estimator, row


def replay(study: Study, recipe: Recipe, plan: OutcomePlan, date: dt.date) -> TrainedModel:
    """One model at one test date: fitted, predicted, measured.

    Raises:
        ModellingError: what happened after the test date is not decided yet.
    """
    matrix, labels = study.matrix, study.labels[plan.name]
    rows = matrix.find_rows([date])
    if n_pending := int((~labels.is_decided[rows]).sum()):
        raise ModellingError(
            f"{date} cannot be a test date of '{plan.name}': {n_pending:,} of {len(rows):,} labels are pending. "
            "Choose an earlier one in department.yml, or say there until when the outcome is observed."
        )
    estimator, row = fit(study, recipe, plan, date, test_date=date)
    scores = score_rows(estimator, matrix.take(rows, row.features))
    officers, is_positive = matrix.officers[rows], labels.is_positive[rows]
    evaluations = [
        EvaluationRow(
            row.model_id,
            row.experiment_id,
            row.outcome,
            row.model_group,
            row.is_baseline,
            date,
            *metric,
            n_cohort=len(rows),
            n_positive=int(is_positive.sum()),
        )
        for metric in measure(is_positive, scores, study.experiment.list_sizes, study.experiment.grid.list_shares)
    ]
    return register(estimator, row, Predictions(officers, scores, rank(scores, officers)), evaluations)


def train_final(study: Study, recipe: Recipe, plan: OutcomePlan, date: dt.date) -> TrainedModel:
    """The model that scores: fitted on all that is knowable at the date, predicting nothing yet."""
    estimator, row = fit(study, recipe, plan, date, test_date=None)
    return register(estimator, row, None, [])


def register(
    estimator: Any, row: ModelRow, predictions: Predictions | None, evaluations: list[EvaluationRow]
) -> TrainedModel:
    """A model with its artefact; a baseline has nothing to preserve."""
    if row.is_baseline:
        return TrainedModel(row, None, predictions, evaluations)
    artefact = preserve(estimator)
    return TrainedModel(replace(row, artefact_sha256=artefact.sha256), artefact, predictions, evaluations)


@dataclass(frozen=True)
class Task:
    """One model to train, with the words that progress shows."""

    label: str
    run: Callable[[], TrainedModel]


def run_side_by_side(tasks: Sequence[Task], report: Report, workers: int) -> list[TrainedModel]:
    """Results in the order of the tasks. The first failure ends the run; what has not begun is dropped."""
    with (
        threadpool_limits(1, user_api="blas"),
        # OpenMP's limit belongs to the thread that sets it.
        ThreadPoolExecutor(workers, initializer=partial(threadpool_limits, 1, user_api="openmp")) as pool,
    ):
        labels = {pool.submit(task.run): task.label for task in tasks}
        try:
            for done, future in enumerate(as_completed(labels), start=1):
                future.result()
                report(labels[future], done, len(tasks))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
        return [future.result() for future in labels]
