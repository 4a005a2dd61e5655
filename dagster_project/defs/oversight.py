"""Oversight: what those who answer for the system have to see before and while it is used.

Belongs here: assets that audit features and scores, thin calls of `ml/`. Does not: the audits (`ml/`), or the tables
that BI reads (`warehouse`, build `scores`).
"""

import base64
from collections.abc import Iterator
from typing import Any

import dagster as dg

from dagster_project.defs.modeling import find_unfair_groups, plan_audit, plan_experiment
from dagster_project.line import Line
from dagster_project.outages import surviving_outages
from eis.progress import report
from eis.reports import write_page
from ml import warehouse
from ml.followup import Plan, follow_up
from ml.oversight import audit_fairness, compare_thresholds, draw_up_lists
from ml.proxies import audit_proxies
from ml.registry import identify_experiment
from ml.report import Subject, collect, render

GROUP = "oversight"


@dg.asset(
    key=["ml", "proxy_audits"],
    deps=[["features", "officer_features"], ["features", "feature_catalog"], ["core", "officers"]],
    group_name=GROUP,
    kinds={"sklearn", "postgres"},
)
def proxy_audit(context: dg.AssetExecutionContext, line: dg.ResourceParam[Line]) -> dg.MaterializeResult:
    """How well the features tell race and sex, which none of them holds: by family and for all, latest as-of date."""
    with surviving_outages(context, line), warehouse.connect(line.url) as connection:
        rows = audit_proxies(connection, line.data_version, line.department.fairness.min_officers)
    return dg.MaterializeResult(metadata={"rows_appended": rows})


@dg.asset(
    key=["ml", "fairness_audits"],
    deps=[["ml", "predictions"], ["labels", "officer_labels"], ["core", "officers"], ["features", "threshold_flags"]],
    group_name=GROUP,
    kinds={"numpy", "postgres"},
)
def fairness_audit(context: dg.AssetExecutionContext, line: dg.ResourceParam[Line]) -> dg.MaterializeResult:
    """How each candidate's and baseline's list treats groups of officers, at capacity, at every test date."""
    experiment = plan_experiment(line)
    experiment_id = identify_experiment(experiment, line.data_version)
    with surviving_outages(context, line), warehouse.connect(line.url) as connection:
        appended = audit_fairness(connection, experiment, experiment_id, plan_audit(line), report)
        refused = find_unfair_groups(connection, line, experiment_id)
    for outcome, groups in refused.items():
        for group, reasons in groups.items():
            context.log.warning(f"{outcome}: the fairness bound refuses {group}: {'; '.join(reasons)}")
    return dg.MaterializeResult(metadata={"rows_appended": appended, "refused": refused})


@dg.asset(
    key=["ml", "threshold_comparisons"],
    deps=[["ml", "predictions"], ["labels", "officer_labels"], ["features", "threshold_flags"]],
    group_name=GROUP,
    kinds={"numpy", "postgres"},
)
def threshold_comparison(context: dg.AssetExecutionContext, line: dg.ResourceParam[Line]) -> dg.MaterializeResult:
    """How many more officers with the outcome each model finds than the department's threshold rules, at equal size."""
    experiment = plan_experiment(line)
    with surviving_outages(context, line), warehouse.connect(line.url) as connection:
        appended = compare_thresholds(
            connection, experiment, identify_experiment(experiment, line.data_version), report
        )
    return dg.MaterializeResult(metadata={"rows_appended": appended})


@dg.multi_asset(
    name="lists",
    group_name=GROUP,
    specs=[
        dg.AssetSpec(
            ["ml", table],
            deps=[["ml", "scores"], ["ml", "fairness_audits"], ["core", "officers"]],
            description=description,
            kinds={"numpy", "postgres"},
        )
        for table, description in {
            "list_rules": "How each list was drawn up, by the rule that the department chose. One row per list.",
            "list_members": "Who is on it. One row per list and officer.",
        }.items()
    ],
)
def lists(context: dg.AssetExecutionContext, line: dg.ResourceParam[Line]) -> Iterator[dg.MaterializeResult]:
    """The list of every scoring that has none yet, highest scores or places shared out among groups."""
    is_mitigated = line.department.fairness.mitigation == "equal_recall"
    with surviving_outages(context, line), warehouse.connect(line.url) as connection:
        drawn_up = draw_up_lists(connection, plan_experiment(line), plan_audit(line), is_mitigated)
    rules = {f"{rule.outcome} {rule.as_of_date}": rule.explanation for rule in drawn_up}
    yield dg.MaterializeResult(asset_key=["ml", "list_rules"], metadata=rules)
    yield dg.MaterializeResult(asset_key=["ml", "list_members"])


@dg.asset(
    key=["ml", "list_effects"],
    deps=[
        ["governance", "published_scores"],
        ["ml", "predictions"],
        ["ml", "selections"],
        ["labels", "officer_labels"],
        ["events", "adverse_events"],
    ],
    group_name=GROUP,
    kinds={"numpy", "postgres"},
)
def list_effects(line: dg.ResourceParam[Line]) -> dg.MaterializeResult:
    """Whether being listed made a difference, once that is known; beside it the same of lists that nobody saw."""
    experiment = plan_experiment(line)
    plan = Plan(line.policy.lists.outcome, experiment.horizon_months, experiment.capacity)
    with warehouse.connect(line.url) as connection:
        rows = follow_up(connection, plan, line.data_version)
    return dg.MaterializeResult(
        metadata={"rows_appended": len(rows)}
        | {f"{row.list_kind}: {row.measure}": f"{row.verdict}. {row.explanation}" for row in rows}
    )


@dg.asset(
    key=["ml", "reports"],
    deps=[
        ["ml", "scores"],
        ["ml", "evaluations"],
        ["ml", "fairness_audits"],
        ["ml", "threshold_comparisons"],
        ["features", "feature_catalog"],
        ["labels", "officer_labels"],
    ],
    group_name=GROUP,
    kinds={"jinja", "postgres"},
)
def reports(context: dg.AssetExecutionContext, line: dg.ResourceParam[Line]) -> dg.MaterializeResult:
    """Model card and report of each outcome's selected model: a page for people, kept with its hash."""
    metadata: dict[str, Any] = {}
    with surviving_outages(context, line), warehouse.connect(line.url) as connection:
        for name in line.department.backtest.test_dates:
            if not warehouse.find_chosen(connection, name):
                context.log.warning(f"{name}: no report, because no model is selected and trained")
                continue
            facts = collect(connection, describe_subject(line, name))
            page = render(facts)
            warehouse.keep_report(connection, facts.chosen, page.sha256, page.content)
            path = write_page(line.settings, name, page.content)
            metadata[name] = dg.MetadataValue.path(path)  # a browser follows no link from the UI to a file
            metadata[f"{name} sha256"] = page.sha256
            metadata[f"{name} performance"] = show_svg(page.pictures["performance"])
            metadata[f"{name} calibration"] = show_svg(page.pictures["calibration"])
    return dg.MaterializeResult(metadata=metadata)


def describe_subject(line: Line, outcome: str) -> Subject:
    """What the department says of an outcome, and its policy of the use of scores."""
    [description] = [declared.description for declared in line.department.outcomes if declared.name == outcome]
    policy = line.policy
    return Subject(
        line.department.title, outcome, description, policy.owner.name, policy.intended_use, policy.forbidden_use
    )


def show_svg(picture: str) -> dg.MarkdownMetadataValue:
    """A picture of a report as asset metadata that the UI draws."""
    standing_alone = picture.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return dg.MetadataValue.md(f"![](data:image/svg+xml;base64,{base64.b64encode(standing_alone.encode()).decode()})")


ASSETS = [proxy_audit, fairness_audit, threshold_comparison, lists, list_effects, reports]
