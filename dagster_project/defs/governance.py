"""Governance in the line: the policy in force, the scores that are proposed, and the gate that they pass or not.

Belongs here: assets that call `eis.governance` or count what people entered there, and the gate's verdict as a check on
each outcome. Does not: any bound (`departments/<d>/policy.yml`) or rule of the gate (`eis.governance.publication`).
"""

from collections.abc import Iterator

import dagster as dg
import psycopg
from psycopg import sql

from dagster_project.line import Line
from dagster_project.outages import surviving_outages
from eis.department import Department
from eis.governance import publication
from eis.governance.access import refresh_units

GROUP = "governance"
DECISIONS = dg.AssetKey(["governance", "publication_decisions"])

# The policy, and what monitoring reads of it.
IN_FORCE = {
    "policy": "The department's policy; a version for each content. One row per version.",
    "signal_bounds": "What the policy in force says of each signal that is watched. One row per signal.",
    "challenger_rules": "When the policy in force has a challenger proposed. One row.",
}


def name_check(outcome: str) -> str:
    """The check that shows the gate's verdict on an outcome's list."""
    return f"{outcome}_is_published"


@dg.multi_asset(
    name="governance__policy",
    group_name=GROUP,
    specs=[
        dg.AssetSpec(["governance", name], description=description, kinds={"yaml", "postgres"})
        for name, description in IN_FORCE.items()
    ],
)
def policy(context: dg.AssetExecutionContext, line: dg.ResourceParam[Line]) -> Iterator[dg.MaterializeResult]:
    """The department's policy, put in force with its grants and bounds."""
    with surviving_outages(context, line), psycopg.connect(line.url, autocommit=True) as connection:
        version = publication.load_policy(connection, line.policy, line.department.name, line.department.timezone)
    for name in IN_FORCE:
        yield dg.MaterializeResult(
            asset_key=["governance", name],
            metadata={"policy_version": version, "owner": line.policy.owner.name, "approval": line.policy.approval},
        )


@dg.asset(
    key=["governance", "proposed_scores"],
    deps=[["ml", "list_members"], ["features", "officer_cohort"], ["governance", "policy"]],
    group_name=GROUP,
    kinds={"postgres"},
)
def proposed_scores(context: dg.AssetExecutionContext, line: dg.ResourceParam[Line]) -> dg.MaterializeResult:
    """The latest scoring of each outcome and its list, as the gate finds them. One row per officer and outcome."""
    with surviving_outages(context, line), psycopg.connect(line.url, autocommit=True) as connection:
        proposals = publication.propose(connection)
    return dg.MaterializeResult(metadata={proposal.outcome: proposal.n_officers for proposal in proposals})


USE = {
    "reviews": "Reviews of listed officers. One row per review.",
    "review_reasons": "Whether each reason holds. One row per review and reason.",
    "due_reviews": "Who was to be reviewed, and was. One row per as-of date and listed officer.",
    "interventions": "What was begun for officers. One row per intervention.",
}


# Read before anything is mapped: it comes in, as what is delivered does.
@dg.asset(key=["governance", "current_marks"], group_name="raw", kinds={"postgres"})
def contested_records(line: dg.ResourceParam[Line]) -> dg.MaterializeResult:
    """Records that are disputed or expunged, each as a hash, by the mark that holds. One row per record."""
    return dg.MaterializeResult(metadata={"dagster/row_count": count_rows(line, "current_marks")})


@dg.multi_asset(
    name="use_of_lists",
    group_name=GROUP,
    specs=[
        dg.AssetSpec(
            ["governance", table],
            deps=[["governance", "lists"], ["governance", "published_scores"]],
            description=description,
            kinds={"postgres"},
        )
        for table, description in USE.items()
    ],
)
def use_of_lists(line: dg.ResourceParam[Line]) -> Iterator[dg.MaterializeResult]:
    """What people have entered of the lists, at any time: a run counts it, and changes nothing."""
    for table in USE:
        metadata = {"dagster/row_count": count_rows(line, table)}
        yield dg.MaterializeResult(asset_key=["governance", table], metadata=metadata)


def count_rows(line: Line, table: str) -> int:
    """Rows of a table of schema governance."""
    with psycopg.connect(line.url) as connection:
        query = sql.SQL("select count(*) from {}").format(sql.Identifier("governance", table))
        return int((connection.execute(query).fetchone() or (0,))[0])


def define_publication(department: Department) -> list[dg.AssetsDefinition]:
    """The assets, with a check for each outcome that the department has scored."""
    outcomes = list(department.backtest.test_dates)
    # A published list is shown with its reasons: they have to be there before it is.
    after = [["governance", "proposed_scores"], ["ml", "evaluations"], ["explanations", "worded_reasons"]]

    @dg.multi_asset(
        name="publication",
        group_name=GROUP,
        specs=[
            dg.AssetSpec(["governance", name], deps=after, description=description, kinds={"postgres"})
            for name, description in {
                "model_decisions": "Approvals and retirements, by whom and why. One row per decision on a model.",
                "publication_decisions": "What the gate said of each scoring, bound by bound. One row per decision.",
                "lists": "Published lists: current, superseded, expired or withdrawn. One row per published list.",
                "published_scores": "Scores that passed the gate. One row per officer and published list.",
            }.items()
        ],
        check_specs=[
            dg.AssetCheckSpec(name_check(outcome), asset=DECISIONS, description="The publication gate's verdict.")
            for outcome in outcomes
        ],
    )
    def gate(
        context: dg.AssetExecutionContext, line: dg.ResourceParam[Line]
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        with surviving_outages(context, line), psycopg.connect(line.url, autocommit=True) as connection:
            refresh_units(connection)
            decisions = {decision.outcome: decision for decision in publication.decide_all(connection)}
        yield dg.MaterializeResult(asset_key=["governance", "model_decisions"])
        yield dg.MaterializeResult(
            asset_key=DECISIONS,
            metadata={name: decision.refusal or "published" for name, decision in decisions.items()},
        )
        yield dg.MaterializeResult(asset_key=["governance", "lists"])
        yield dg.MaterializeResult(asset_key=["governance", "published_scores"])
        for outcome in outcomes:
            yield describe_verdict(outcome, decisions.get(outcome))

    return [policy, contested_records, proposed_scores, gate, use_of_lists]


def describe_verdict(outcome: str, decision: publication.Decision | None) -> dg.AssetCheckResult:
    """A refusal is a failed check, and no failed run: the line did its work, and the last list stands."""
    findings = {check.name: check.finding for check in decision.checks} if decision else {}
    return dg.AssetCheckResult(
        check_name=name_check(outcome),
        asset_key=DECISIONS,
        passed=decision is not None and decision.is_published,
        severity=dg.AssetCheckSeverity.ERROR,
        description=(decision.refusal or "The list is published.") if decision else "No scores were proposed.",
        metadata=findings
        | ({"retraining_due": decision.retraining_due} if decision and decision.retraining_due else {}),
    )
