"""Monitoring: what is measured outside of SQL, and a check on each signal that is watched.

Belongs here: thin calls of `ml/`, and showing open alerts as checks. Does not: the measurements (`models/monitoring/`,
`ml.drift`), their bounds (`departments/<d>/policy.yml`), or raising alerts, which building `monitoring.signals` does.
"""

from collections.abc import Iterator

import dagster as dg
import psycopg

from dagster_project.defs.modeling import LEARNT_FROM
from dagster_project.line import Line
from dagster_project.outages import surviving_outages
from dagster_project.partitions import TOGETHER, chosen_months, define_months
from eis.department import Department
from eis.governance.alerts import SignalState, read_signals
from eis.governance.policy import SIGNALS
from ml import warehouse
from ml.drift import measure_drift
from ml.shadow import score_in_shadow

ALERTS = dg.AssetKey(["monitoring", "alerts"])


def define_drift(department: Department) -> dg.AssetsDefinition:
    """The asset that measures how far features have moved."""

    spec = dg.AssetSpec(
        ["ml", "feature_drift"],
        deps=[["features", "officer_features"], ["features", "feature_catalog"]],
        group_name="oversight",
        description="How far features have moved in a year. One row per measurement of an as-of date and feature.",
        kinds={"numpy", "postgres"},
    )

    @dg.multi_asset(name="drift", specs=[spec], partitions_def=define_months(department), backfill_policy=TOGETHER)
    def drift(context: dg.AssetExecutionContext, line: dg.ResourceParam[Line]) -> dg.MaterializeResult:
        """How far each feature has moved since the most similar of the months half a year to a year before."""
        with surviving_outages(context, line), warehouse.connect(line.url) as connection:
            appended = measure_drift(connection, line.data_version, chosen_months(context))
        return dg.MaterializeResult(asset_key=spec.key, metadata={"rows_appended": appended})

    return drift


def define_shadow(department: Department) -> dg.AssetsDefinition:
    """The assets that ask the challengers, as `ml/scores` asks the models in force."""
    specs = [
        dg.AssetSpec(
            ["ml", table],
            deps=[["ml", "final_models"], *LEARNT_FROM],
            group_name="oversight",
            description=description,
            kinds={"sklearn", "postgres"},
        )
        for table, description in {
            "shadow_scorings": "When challengers scored a month. One row per date, outcome, model and scoring.",
            "shadow_scores": "What challengers gave; never published. One row per officer and shadow scoring.",
        }.items()
    ]

    @dg.multi_asset(name="shadow", specs=specs, partitions_def=define_months(department), backfill_policy=TOGETHER)
    def shadow(context: dg.AssetExecutionContext, line: dg.ResourceParam[Line]) -> Iterator[dg.MaterializeResult]:
        """The cohort of each month, scored by the challengers that were in force then."""
        with surviving_outages(context, line), warehouse.connect(line.url) as connection:
            told = {month.isoformat(): score_in_shadow(connection, month) for month in chosen_months(context)}
        for spec in specs:
            yield dg.MaterializeResult(asset_key=spec.key, metadata=told)

    return shadow


@dg.multi_asset_check(
    name="signals",
    specs=[dg.AssetCheckSpec(signal, asset=ALERTS, description="Open alerts of this signal.") for signal in SIGNALS],
    can_subset=True,
)
def signals(context: dg.AssetCheckExecutionContext, line: dg.ResourceParam[Line]) -> Iterator[dg.AssetCheckResult]:
    """A check for each signal that is watched: passed unless it has an open alert."""
    with psycopg.connect(line.url, autocommit=True) as connection:
        states = read_signals(connection)
    for key in context.selected_asset_check_keys:
        yield describe_state(states.get(key.name, SignalState(key.name, 0, 0, 0, [])))


def describe_state(state: SignalState) -> dg.AssetCheckResult:
    """An open alert is a warning: it has an owner and a day, and holds nothing back; the publication gate does that."""
    return dg.AssetCheckResult(
        check_name=state.signal,
        asset_key=ALERTS,
        passed=not state.alerts,
        severity=dg.AssetCheckSeverity.WARN,
        description=state.describe(),
        metadata={
            "measured": state.n_measured,
            "beyond": state.n_beyond,
            "not_judged": state.n_not_judged,
            "open_alerts": len(state.alerts),
        },
    )
