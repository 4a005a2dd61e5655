"""The dbt models, in four builds with a gate between them.

Belongs here: running dbt, skipping a build whose inputs and code are those of the last one, and telling which months
were built. Does not: SQL (`models/`).

A job builds what new facts or code change, and so nothing when nothing changed and every table is there. What a person
chooses in the UI, with Materialize or as a backfill, is built whatever the ledger says; of features, the chosen months
(docs/adr/0017).
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
import psycopg
from dagster_dbt import dbt_assets

from dagster_project.dbt_builds import stream_build
from dagster_project.line import Line
from dagster_project.outages import surviving_outages
from dagster_project.partitions import TOGETHER, chosen_months, define_months, tell_months
from dagster_project.translator import WarehouseTranslator
from eis.department import Department
from eis.progress import report
from eis.stages import hash_values
from eis.transform import FEATURES_STAGE, dbt_arguments, features_definition, refresh_arguments

# The job that Dagster runs for Materialize and for backfills of assets.
BY_HAND = "__ASSET_JOB"


@dataclass(frozen=True)
class Build:
    """One dbt build: a name, the models it covers, whether it is incremental or reads what `ml/` writes."""

    name: str
    select: str
    exclude: str = ""
    is_incremental: bool = False
    reads_scores: bool = False


# Folders of models by their names in dbt (`path:` would be looked for below the folder where the command is given), and
# with the plus what they are made of, seeds among it.
REASONS = "+worded_reasons,fqn:eis.explanations"
BUILDS = (
    Build("core", "fqn:eis.staging +fqn:eis.core"),
    Build("features", "fqn:eis.events fqn:eis.features fqn:eis.labels", is_incremental=True),
    # Before the gate: a list appears with its reasons and their evidence, or not at all.
    Build("reasons", REASONS, reads_scores=True),
    Build("scores", "fqn:eis.explanations fqn:eis.scores fqn:eis.monitoring", REASONS, reads_scores=True),
)


def define_builds(manifest: Mapping[str, Any], department: Department) -> list[dg.AssetsDefinition]:
    """The dbt assets, a definition for each build."""
    translator = WarehouseTranslator(define_months(department))
    return [_define_build(manifest, build, translator) for build in BUILDS]


def _define_build(manifest: Mapping[str, Any], build: Build, translator: WarehouseTranslator) -> dg.AssetsDefinition:
    @dbt_assets(
        manifest=manifest,
        select=build.select,
        exclude=f"test_type:unit {build.exclude}".strip(),
        name=f"dbt_{build.name}",
        dagster_dbt_translator=translator,
        backfill_policy=TOGETHER if build.is_incremental else None,
    )
    def dbt_build(context: dg.AssetExecutionContext, line: dg.ResourceParam[Line]) -> Iterator[Any]:
        with surviving_outages(context, line):
            inputs = line.ledger.scoring_fingerprint() if build.reads_scores else line.ledger.raw_fingerprint()
            fingerprint = hash_values(line.code_fingerprint, inputs)
            is_by_hand = context.job_name == BY_HAND
            is_current = not is_by_hand and line.ledger.is_current(f"dbt_{build.name}", fingerprint)
            if is_current and (lost := find_lost(line, context.selected_asset_keys)):
                context.log.warning(f"Not there any more, and built again: {', '.join(lost)}")
                is_current = False
            if is_current:
                yield from _tell_unchanged(context, build)
            else:
                months = chosen_months(context) if is_by_hand and build.is_incremental else []
                yield from _run(context, line, build, fingerprint, months)

    return dbt_build


def _tell_unchanged(context: dg.AssetExecutionContext, build: Build) -> Iterator[dg.MaterializeResult]:
    context.log.info(f"dbt_{build.name}: models, settings and inputs are those of the last build.")
    # Dagster wants an asset after those that it depends on.
    for key in TopologicalSorter(context.assets_def.asset_deps).static_order():
        if key in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=key, metadata={"unchanged": True})


def _run(
    context: dg.AssetExecutionContext,
    line: Line,
    build: Build,
    fingerprint: str,
    months: list[dt.date],
) -> Iterator[Any]:
    stage, definition = f"dbt_{build.name}", features_definition(line.settings)
    line.ledger.begin(stage)
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    if build.is_incremental:
        arguments += refresh_arguments(line.settings)
    total, done = len(context.selected_asset_keys), 0
    for event in stream_build(context, line, arguments, dbt_arguments(line.settings, months)):
        if isinstance(event, dg.Output):
            done += 1
            report(event.output_name, done, total)
        yield event
    if build.is_incremental:
        monthly = [key for key in context.selected_asset_keys if context.assets_def.specs_by_key[key].partitions_def]
        is_refreshed = "--full-refresh" in arguments
        tell_months(context, monthly, line.department.calendar.as_of_dates if is_refreshed else find_built_months(line))
    if context.is_subset:  # the rest is as it was, and may be of other code or inputs
        return
    line.ledger.complete(stage, fingerprint)
    if build.is_incremental:
        line.ledger.complete(FEATURES_STAGE, definition)


def find_lost(line: Line, keys: Iterable[dg.AssetKey]) -> list[str]:
    """Tables that are not in the warehouse, whatever the ledger says: somebody has dropped them."""
    with psycopg.connect(line.url) as connection:
        rows = connection.execute(
            "select name from unnest(cast(%s as text[])) as name where to_regclass(name) is null order by name",
            [[".".join(key.path) for key in keys]],
        ).fetchall()
    return [name for (name,) in rows]


def find_built_months(line: Line) -> list[dt.date]:
    """The months that the last build of features began at, and all after it."""
    with psycopg.connect(line.url) as connection:
        [first] = connection.execute("select build_from from features.features_to_build").fetchone() or (dt.date.max,)
    return [month for month in line.department.calendar.as_of_dates if month >= first]
