"""Modelling: replay of deployment, selection by rule, training of the models that score, and scoring.

Belongs here: assets that call `ml/`, and its settings for this department. Does not: modelling (`ml/`), or the
tables that BI reads (`warehouse`, build `scores`).
"""

import base64
from collections.abc import Iterator
from typing import Any

import dagster as dg

from dagster_project.line import Line
from dagster_project.outages import surviving_outages
from dagster_project.partitions import TOGETHER, chosen_months, define_months
from eis.department import Department
from eis.progress import report
from ml import warehouse
from ml.fairness import AuditPlan, FairnessBound
from ml.oversight import list_refusals
from ml.plots import plot_backtest
from ml.registry import identify_experiment
from ml.scoring import score_month
from ml.selection import select
from ml.settings import Experiment, OutcomePlan, load_grid
from ml.training import run_backtest, train_final_models

GROUP = "modeling"
LEARNT_FROM = [
    ["features", "officer_features"],
    ["features", "officer_cohort"],
    ["features", "feature_catalog"],
    ["features", "threshold_flags"],
    ["labels", "officer_labels"],
    ["labels", "label_decisions"],
]


SCORED = {
    "scores": "Scores by the models in force. One row per officer, as-of date, outcome and scoring.",
    "explanations": "What each feature adds to a score. One row per officer, outcome and scoring.",
    "reasons": "The measures that move a score most. One row per officer, scoring, direction and rank.",
    "alternatives": "Scores if a measure or family were typical. One row per listed officer, scoring, measure.",
    "reason_stability": "Whether reasons hold from the as-of date before. One row per scoring.",
    "rank_intervals": "How surely officers are on the list. One row per officer and scoring.",
    "list_certainty": "What each list can be used for. One row per scoring.",
}
DECIDED_BY = ("selection_evidence", "list_overlaps", "evaluation_draws", "fairness_audits")


def plan_experiment(line: Line) -> Experiment:
    """What the department's settings and the grid ask for."""
    department = line.department
    decided_later = {outcome.name for outcome in department.outcomes if outcome.is_decided_later}
    return Experiment(
        outcomes=[
            OutcomePlan(name=name, test_dates=dates, is_decided_later=name in decided_later)
            for name, dates in department.backtest.test_dates.items()
        ],
        horizon_months=department.backtest.horizon_months,
        train_from=department.backtest.train_from,
        train_every_months=department.backtest.train_every_months,
        capacity=line.policy.lists.capacity,
        has_threshold_rules=bool(department.threshold_rules),
        grid=load_grid(),
    )


def plan_audit(line: Line) -> AuditPlan:
    """What the department's settings ask the fairness audit to look at."""
    return AuditPlan(**line.department.fairness.model_dump(exclude={"bound", "mitigation"}))


def find_unfair_groups(
    connection: warehouse.Connection, line: Line, experiment_id: str
) -> dict[str, dict[str, list[str]]]:
    """Outcome -> candidate -> why the department's fairness bound refuses it; nothing if there is no bound."""
    if not (bound := line.department.fairness.bound):
        return {}
    return list_refusals(connection, experiment_id, plan_audit(line), FairnessBound(**bound.model_dump()))


def show(picture: bytes) -> dg.MarkdownMetadataValue:
    """A PNG as asset metadata that the UI draws."""
    return dg.MetadataValue.md(f"![](data:image/png;base64,{base64.b64encode(picture).decode()})")


@dg.multi_asset(
    name="replays",
    group_name=GROUP,
    specs=[
        dg.AssetSpec(["ml", table], deps=LEARNT_FROM, description=description, kinds={"sklearn", "postgres"})
        for table, description in {
            "model_groups": "What was tried. One row per experiment and model group.",
            "experiment_models": "Which experiment uses which models. One row per experiment and model.",
            "models": "Every fitted model and baseline, with what it learnt from. One row per model.",
            "predictions": "Out-of-sample scores. One row per officer of the cohort, test date and model.",
            "training_resamples": "Lists of models trained on drawn officers. One row per model, draw and list.",
            "evaluations": "Metrics at each test date. One row per experiment, model, metric and parameter.",
            "evaluation_draws": "What intervals are made of. One row per experiment, model, metric and parameter.",
            "list_curves": "What lists of every size find. One row per experiment, model and list size.",
            "calibration_bins": "Scores and what came of them. One row per experiment, model and bin.",
            "list_overlaps": "How much of a list stays. One row per experiment, outcome, candidate, date and list.",
            "selection_evidence": "What the rule may look at. One row per decision date, candidate, replay and metric.",
        }.items()
    ],
)
def backtest(context: dg.AssetExecutionContext, line: dg.ResourceParam[Line]) -> Iterator[dg.MaterializeResult]:
    """Train on what was knowable at each test date, predict, and evaluate on what happened after."""
    experiment = plan_experiment(line)
    with surviving_outages(context, line), warehouse.connect(line.url) as connection:
        result = run_backtest(connection, experiment, line.data_version, report)
    for group, reason in result.left_out.items():
        context.log.warning(f"{group} is left out: {reason}")
    common: dict[str, Any] = {"experiment_id": result.experiment_id, "was_reused": result.is_reused}
    plots = {plan.name: show(plot_backtest(result.evaluations, plan.name)) for plan in experiment.outcomes}
    told: dict[str, dict[str, Any]] = {
        "models": {"left_out": result.left_out, "n_trained": result.n_trained},
        "evaluations": {"dagster/row_count": len(result.evaluations)} | plots,
    }
    for key in context.selected_asset_keys:
        yield dg.MaterializeResult(asset_key=key, metadata=common | told.get(key.path[-1], {}))


@dg.multi_asset(
    name="selection",
    group_name=GROUP,
    specs=[
        dg.AssetSpec(
            ["ml", table],
            deps=[["ml", name] for name in DECIDED_BY],
            description=description,
            kinds={"postgres"},
        )
        for table, description in {
            "selections": "The model group that the rule chooses, and why. One row per experiment and outcome.",
            "selection_steps": "The rule walked forward. One row per selection and date of a decision.",
            "selection_standings": "The table that the rule saw. One row per selection, date, candidate and metric.",
            "comparisons": "Means over test dates and their differences. One row per selection, groups and metric.",
        }.items()
    ],
)
def selection(context: dg.AssetExecutionContext, line: dg.ResourceParam[Line]) -> Iterator[dg.MaterializeResult]:
    """Apply the rule to what was known at each test date, and now."""
    experiment = plan_experiment(line)
    experiment_id = identify_experiment(experiment, line.data_version)
    with surviving_outages(context, line), warehouse.connect(line.url) as connection:
        unfair = find_unfair_groups(connection, line, experiment_id)
        selections = select(connection, experiment, experiment_id, unfair)
    verdicts = {outcome: chosen.verdict for outcome, chosen in selections.items()}
    for outcome, chosen in selections.items():
        if chosen.model_group is None:
            context.log.warning(f"{outcome} is not scored: {chosen.verdict}")
    for key in context.selected_asset_keys:
        yield dg.MaterializeResult(asset_key=key, metadata=verdicts)


@dg.asset(
    key=["ml", "final_models"],
    deps=[["ml", "selections"], *LEARNT_FROM],
    group_name=GROUP,
    kinds={"sklearn", "postgres"},
)
def final_models(context: dg.AssetExecutionContext, line: dg.ResourceParam[Line]) -> dg.MaterializeResult:
    """The selected groups and their challengers, trained on all that is knowable when due; rows of ml.models."""
    experiment = plan_experiment(line)
    experiment_id = identify_experiment(experiment, line.data_version)
    with surviving_outages(context, line), warehouse.connect(line.url) as connection:
        outcomes = [plan.name for plan in experiment.outcomes]
        groups = warehouse.list_selected_groups(connection, experiment_id, outcomes)
        runners_up = warehouse.list_runners_up(connection, experiment_id)
        count = line.policy.monitoring.challengers.count
        challengers = {outcome: runners_up.get(outcome, [])[:count] for outcome in groups}
        model_ids = train_final_models(connection, experiment, experiment_id, groups, report, challengers=challengers)
    return dg.MaterializeResult(metadata={**model_ids, "challengers": challengers})


def define_scores(department: Department) -> dg.AssetsDefinition:
    """The assets that ask registered models; it trains none, so that scoring anew never changes a model."""

    @dg.multi_asset(
        name="scores",
        group_name=GROUP,
        specs=[
            dg.AssetSpec(
                ["ml", table],
                deps=[["ml", "final_models"], *LEARNT_FROM],
                description=description,
                kinds={"sklearn", "postgres"},
            )
            for table, description in SCORED.items()
        ],
        partitions_def=define_months(department),
        backfill_policy=TOGETHER,
    )
    def scores(context: dg.AssetExecutionContext, line: dg.ResourceParam[Line]) -> Iterator[dg.MaterializeResult]:
        """The cohort of each month, scored by the models that were in force then, and explained."""
        outcomes = list(line.department.backtest.test_dates)
        with surviving_outages(context, line), warehouse.connect(line.url) as connection:
            scorings = [
                scoring
                for month in chosen_months(context)
                for scoring in score_month(connection, outcomes, month, line.policy.lists.capacity)
            ]
        metadata = {
            f"{scoring.as_of_date} {scoring.outcome}": f"{scoring.model_group}, {scoring.n_officers:,} officers"
            + (", as scored before" if scoring.is_reused else "")
            for scoring in scorings
        }
        for table in SCORED:
            yield dg.MaterializeResult(asset_key=["ml", table], metadata=metadata)

    return scores


def define_models(department: Department) -> list[dg.AssetsDefinition]:
    """Every asset of this module, for one department."""
    return [backtest, selection, final_models, define_scores(department)]
