"""Replaying deployment, and training the model that scores.

For each outcome, replay date and recipe: fit on what was knowable at the date, predict its cohort, measure against what
happened. Models do not depend on the order in which they finish, so they run side by side; each computes on one thread,
which makes results independent of the number of cores too. What is registered already is not fitted again.

Belongs here: which models an experiment has, and getting them. Does not: a single model (`ml.fitting`), how good it is
(`ml.judging`).
"""

import datetime as dt
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from threadpoolctl import threadpool_limits

from ml import warehouse
from ml.errors import ModellingError
from ml.estimators import Recipe, cook_baseline, cook_blend, cook_candidate, cook_variation, describe
from ml.fitting import Fit, Job, Study, blend, calibrate, define_job, fit, list_dates_to_learn
from ml.judging import judge
from ml.matrices import RULES_TRIGGERED
from ml.registry import EvaluationRow, GroupRow, Predictions, Role, identify_experiment
from ml.settings import Experiment, OutcomePlan
from ml.splits import find_training_day, list_mature, list_warm_up_dates

# Called with what was done last, how many are done, and how many there are.
Report = Callable[[str, int, int], None]

# Each worker holds a copy of its training rows: more than two would trade memory for little.
WORKERS = min(2, os.cpu_count() or 1)
# Fits that wait to be written while an earlier one is still under way.
AHEAD = 8
FINAL: Role = "final"


@dataclass(frozen=True)
class Backtest:
    """What a replay gave; all of it is in schema `ml` too."""

    experiment_id: str
    is_reused: bool
    n_trained: int
    left_out: dict[str, str]
    evaluations: list[EvaluationRow]


def ignore_progress(_what: str, _done: int, _total: int) -> None:
    """For callers that show none."""


def run_backtest(
    connection: warehouse.Connection,
    experiment: Experiment,
    data_version: str,
    report: Report = ignore_progress,
    workers: int = WORKERS,
) -> Backtest:
    """Replay every recipe at every replay date, once for the same data, settings and code.

    `data_version` says which features and labels these are: it changes when they do.

    Raises:
        ModellingError: the features, labels or dates do not allow what the experiment asks for.
    """
    warehouse.ensure_registry(connection)
    experiment_id = identify_experiment(experiment, data_version)
    is_reused = warehouse.has_experiment(connection, experiment_id)
    n_trained = 0
    if not is_reused:
        report("reading features and labels", 0, 1)
        recipes, left_out = cook_all(connection, experiment)
        study = read_study(connection, experiment, recipes)
        jobs = plan_replay(study, recipes)
        registered = warehouse.list_registered(connection, [job.model_id for job in jobs])
        n_trained = sum(job.model_id not in registered for job in jobs)
        predictions = train_missing(connection, study, jobs, registered, report, workers)
        report("judging models", len(jobs), len(jobs))
        judgement = judge(study, jobs, predictions, experiment_id, study.as_of_dates[-1], workers)
        groups = describe_groups(experiment_id, recipes)
        warehouse.write_experiment(
            connection, experiment_id, experiment, data_version, left_out, groups, list(predictions), judgement
        )
    return Backtest(
        experiment_id,
        is_reused,
        n_trained,
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
    challengers: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> dict[str, str]:
    """Train the selected group of each outcome on all that is knowable when it is due to be trained.

    `groups` maps outcomes to model groups, `challengers` to those that score in shadow: they are trained too, without
    refits, because nobody asks how sure their lists are. Returns outcome -> model_id of the selected group; what is
    registered already is not trained again.

    Raises:
        ModellingError: the features, labels or dates do not allow it.
    """
    latest = warehouse.list_as_of_dates(connection)[-1]
    due = {plan.name: find_due_day(experiment, plan, latest) for plan in experiment.outcomes}
    have = warehouse.find_final_models(connection, experiment_id)
    named = warehouse.find_challengers(connection, experiment_id)
    missing = [(outcome, group) for outcome, group in groups.items() if (outcome, group, due[outcome]) not in have]
    in_shadow = [
        (outcome, group)
        for outcome, others in challengers.items()
        for group in others
        if (outcome, group, due[outcome]) not in named
    ]
    if missing or in_shadow:
        report("reading features and labels", 0, 1)
        recipes = {recipe.group: recipe for recipe in cook_all(connection, experiment)[0]}
        used = {group: [recipes[name] for name in [*recipes[group].members, group]] for _, group in missing + in_shadow}
        study = read_study(connection, experiment, [recipe for own in used.values() for recipe in own], until=latest)
        plans = {plan.name: plan for plan in experiment.outcomes}

        def plan_final(outcome: str, group: str, n_refits: int) -> list[Job]:
            jobs = plan_outcome(study, plans[outcome], used[group], due[outcome], n_refits)
            # The members of a blend score nothing by themselves.
            return [job for job in jobs if job.role != FINAL or job.recipe.group == group]

        n_refits = experiment.grid.final_resamples
        champions = [job for outcome, group in missing for job in plan_final(outcome, group, n_refits)]
        others = [job for outcome, group in in_shadow for job in plan_final(outcome, group, 0)]
        jobs = list({job.model_id: job for job in [*champions, *others]}.values())
        registered = warehouse.list_registered(connection, [job.model_id for job in jobs])
        train_missing(connection, study, jobs, registered, report, workers)
        finals = [job.model_id for job in champions if job.role == FINAL]
        warehouse.write_membership(connection, experiment_id, finals)
        shadows = {(job.plan.name, job.recipe.group): job.model_id for job in others if job.role == FINAL}
        warehouse.write_challengers(connection, experiment_id, shadows)
        have = warehouse.find_final_models(connection, experiment_id)
    return {outcome: have[outcome, group, due[outcome]] for outcome, group in groups.items()}


def find_due_day(experiment: Experiment, plan: OutcomePlan, date: dt.date) -> dt.date:
    """The day on which the model that scores at a date is trained."""
    return find_training_day(date, plan.test_dates[0], experiment.grid.replay.retrain_every_months)


def cook_all(connection: warehouse.Connection, experiment: Experiment) -> tuple[list[Recipe], dict[str, str]]:
    """The recipes of the grid, and the groups that this department cannot have, with the reason."""
    grid, features = experiment.grid, set(warehouse.list_features(connection))
    horizons = warehouse.list_horizons(connection)
    left_out = {}
    recipes = []
    for baseline in grid.baselines:
        if baseline.counts_rules and not experiment.has_threshold_rules:
            left_out[baseline.group] = "this department declares no threshold_rules in department.yml"
        elif missing := [name for name in baseline.features if name not in {*features, RULES_TRIGGERED}]:
            left_out[baseline.group] = f"this department has no feature {', '.join(missing)}"
        else:
            recipes.append(cook_baseline(baseline, grid.replay))
    candidates = {
        candidate.group: cook_candidate(candidate, sorted(features), grid.seed, grid.replay)
        for candidate in grid.candidates
        if not candidate.blend
    }
    for candidate in grid.candidates:
        if candidate.blend:
            members = [candidates[group] for group in candidate.blend]
            candidates[candidate.group] = cook_blend(candidate, members, grid.replay)
    recipes += [candidates[candidate.group] for candidate in grid.candidates]
    reference = candidates[grid.reference]
    for variation in grid.variations:
        recipe = cook_variation(variation, reference, grid.vary(variation))
        if (months := recipe.replay.horizon_months) and months not in horizons:
            left_out[recipe.group] = f"this department has no labels with a horizon of {months} months"
        else:
            recipes.append(recipe)
    return recipes, left_out


def read_study(
    connection: warehouse.Connection,
    experiment: Experiment,
    recipes: Sequence[Recipe],
    until: dt.date | None = None,
) -> Study:
    """Read once what all models need: the rows that one of them learns from or predicts.

    `until` is the date for which final models are trained, if any are.

    Raises:
        ModellingError: a test date has no features, or nothing to learn from.
    """
    available = warehouse.list_as_of_dates(connection)
    needed: set[dt.date] = set()
    for plan in experiment.outcomes:
        for date in plan.test_dates:
            refuse_impossible(experiment, plan, recipes, available, date)
        for recipe in recipes:
            for date in [*list_replay_dates(experiment, plan, recipe, available), *([until] if until else [])]:
                needed.update(list_dates_to_learn(experiment, plan, recipe, available, date)[1])
                needed.update([date] if date in available else [])
    # Beside the features stands what no candidate is given.
    rules = [RULES_TRIGGERED] if experiment.has_threshold_rules else []
    matrix = warehouse.read_matrix(connection, [*warehouse.list_features(connection), *rules], needed)
    horizons = {experiment.horizon_months} | {recipe.replay.horizon_months for recipe in recipes} - {None}
    labels = {
        (plan.name, months): warehouse.read_labels(connection, plan.name, months, matrix)
        for plan in experiment.outcomes
        for months in sorted(months for months in horizons if months)
    }
    return Study(experiment, matrix, labels, available)


def refuse_impossible(
    experiment: Experiment,
    plan: OutcomePlan,
    recipes: Sequence[Recipe],
    available: Sequence[dt.date],
    date: dt.date,
) -> None:
    """Raise if a test date cannot be replayed.

    Raises:
        ModellingError: names the date and why.
    """
    if date not in available:
        raise ModellingError(
            f"{date} is a test date of '{plan.name}' but not an as-of date of features.officer_cohort. "
            "Change test_dates or the calendar in department.yml."
        )
    for recipe in recipes:
        if recipe.kind != "variation" and not list_dates_to_learn(experiment, plan, recipe, available, date)[1]:
            raise ModellingError(
                f"Nothing to learn '{plan.name}' from at {date}: no as-of date since {experiment.train_from} whose "
                f"labels are mature after {experiment.months_to_maturity(plan, recipe.replay)} months. "
                "Choose a later test date."
            )


def list_replay_dates(
    experiment: Experiment, plan: OutcomePlan, recipe: Recipe, available: Sequence[dt.date]
) -> list[dt.date]:
    """The dates at which a group is replayed, ascending: test dates, and for candidates warm-up dates before them.

    A warm-up date for which there is nothing to learn from is left out, and so is a variation's test date; a variation
    that can make no difference to an outcome has none.
    """
    if recipe.kind == "variation" and not plan.is_decided_later and not experiment.grid.matters_at_once(recipe.replay):
        return []
    warm_up = list_warm_up_dates(plan.test_dates, experiment.grid.warm_up_dates, experiment.horizon_months)
    dates = [*(warm_up if recipe.kind == "candidate" else []), *plan.test_dates]
    return [
        date
        for date in dates
        if date in available and list_dates_to_learn(experiment, plan, recipe, available, date)[1]
    ]


def plan_replay(study: Study, recipes: Sequence[Recipe]) -> list[Job]:
    """Every model of a backtest, by what it learns from, outcome and date: what calibrates a model comes before it.

    Raises:
        ModellingError: what happened after a test date is not decided yet.
    """
    for plan in study.experiment.outcomes:
        refuse_pending(study, plan)
    jobs = [job for plan in study.experiment.outcomes for job in plan_outcome(study, plan, recipes)]
    # Models that learn from the same rows follow each other: what is made of the rows for one is at hand for the next.
    return sorted(jobs, key=lambda job: job.learns_until)


def plan_outcome(
    study: Study, plan: OutcomePlan, recipes: Sequence[Recipe], final_on: dt.date | None = None, n_refits: int = 0
) -> list[Job]:
    """The models of one outcome by date, the members of a blend before it; with final ones if a day is given."""
    planned: dict[str, list[Job]] = {}
    for recipe in sorted(recipes, key=lambda recipe: len(recipe.members)):
        jobs: list[Job] = []
        dates: list[tuple[dt.date, Role]] = [
            (date, "test" if date in plan.test_dates else "warm_up")
            for date in list_replay_dates(study.experiment, plan, recipe, study.as_of_dates)
        ]
        for date, role in [*dates, *([(final_on, FINAL)] if final_on else [])]:
            members = [
                job for group in recipe.members for job in planned[group] if (job.date, job.role) == (date, role)
            ]
            jobs.append(plan_model(study, plan, recipe, role, date, jobs, members, n_refits))
        planned[recipe.group] = jobs
    return sorted((job for jobs in planned.values() for job in jobs), key=lambda job: job.date)


def refuse_pending(study: Study, plan: OutcomePlan) -> None:
    """Raise if what happened after a test date is not decided yet.

    Raises:
        ModellingError: names the date.
    """
    for date in plan.test_dates:
        rows = study.matrix.find_rows([date])
        if n_pending := int((~study.labels_of(plan).is_decided[rows]).sum()):
            raise ModellingError(
                f"{date} cannot be a test date of '{plan.name}': {n_pending:,} of {len(rows):,} labels are pending. "
                "Choose an earlier one in department.yml, or say there until when the outcome is observed."
            )


def plan_model(
    study: Study,
    plan: OutcomePlan,
    recipe: Recipe,
    role: Role,
    date: dt.date,
    replays: Sequence[Job],
    members: Sequence[Job],
    n_refits: int = 0,
) -> Job:
    """One model, calibrated on the latest of its group's replays that was mature at its date; baselines are not."""
    months = study.experiment.months_to_maturity(plan)
    mature = list_mature([job.date for job in replays], date, months) if not recipe.is_baseline else []
    calibrator = next((job for job in replays if mature and job.date == mature[-1]), None)
    # How far a list hangs on who was trained on is looked at once, where most is known.
    is_resampled = recipe.kind == "candidate" and role == "test" and date == plan.test_dates[-1]
    grid = study.experiment.grid
    n_resamples = n_refits if role == FINAL else grid.training_resamples if is_resampled else 0
    return define_job(study, plan, recipe, role, date, calibrator, members, n_resamples)


def describe_groups(experiment_id: str, recipes: Sequence[Recipe]) -> list[GroupRow]:
    """What was tried, in the order of the grid."""
    return [
        GroupRow(
            experiment_id,
            recipe.group,
            recipe.kind,
            place,
            describe(recipe.estimator),
            recipe.variation,
            recipe.replay.model_dump(mode="json"),
            recipe.why,
        )
        for place, recipe in enumerate(recipes, start=1)
    ]


def train_missing(
    connection: warehouse.Connection,
    study: Study,
    jobs: Sequence[Job],
    registered: set[str],
    report: Report,
    workers: int,
) -> dict[str, Predictions]:
    """What every job predicts, in the order of the jobs, which has a calibrator before what it calibrates.

    Each model is registered as soon as it is done, so a run that was broken off goes on where it was.
    """
    predictions: dict[str, Predictions] = {}
    missing = [job for job in jobs if job.model_id not in registered]
    # A blend is made of its members: fitted for it where they are no jobs of their own, or are registered already.
    uses = [(part, job) for job in missing for part in (job.members or (job,))]
    parts = {part.model_id: part for part, _ in uses}
    last_use = {part.model_id: job.model_id for part, job in uses}
    waiting = iter(parts)
    fits = fit_side_by_side(study, list(parts.values()), workers)
    fitted: dict[str, Fit] = {}
    for done, job in enumerate(jobs, start=1):
        if job.model_id not in registered:
            wanted = [part.model_id for part in job.members or (job,)]
            while not fitted.keys() >= set(wanted):
                fitted[next(waiting)] = next(fits)
            own = blend(study, job, [fitted[part] for part in wanted]) if job.members else fitted[job.model_id]
            # Hundreds of forests with their refits would not fit into memory.
            for part in wanted:
                if last_use[part] == job.model_id:
                    del fitted[part]
            model = calibrate(study, job, own, predictions)
            warehouse.write_model(connection, model)
            if model.predictions:
                predictions[job.model_id] = model.predictions
        elif job.role != FINAL:
            officers = study.matrix.officers[study.matrix.find_rows([job.date])]
            predictions[job.model_id] = warehouse.read_predictions(connection, job.model_id, officers)
        report(job.label, done, len(jobs))
    return predictions


def fit_side_by_side(study: Study, jobs: Sequence[Job], workers: int) -> Iterator[Fit]:
    """Fits in the order of the jobs, a few ahead of what is asked for. The first failure ends it."""
    with (
        threadpool_limits(1, user_api="blas"),
        # OpenMP's limit belongs to the thread that sets it.
        ThreadPoolExecutor(workers, initializer=partial(threadpool_limits, 1, user_api="openmp")) as pool,
    ):
        waiting: list[Future[Fit]] = []
        try:
            for job in jobs:
                waiting.append(pool.submit(fit, study, job))
                if len(waiting) > AHEAD:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            pool.shutdown(cancel_futures=True)
