"""The dbt models, in three builds with a gate of expectations between them.

Belongs here: running dbt, and skipping a build whose inputs and code are those of the last one. Does not: SQL
(`models/`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

from dagster_project.line import Line
from dagster_project.manifest import target_folder
from dagster_project.translator import WarehouseTranslator
from eis.progress import report
from eis.stages import hash_values
from eis.transform import FEATURES_STAGE, dbt_arguments, features_definition, refresh_arguments


@dataclass(frozen=True)
class Build:
    """One dbt build: a name, the folders of models it covers, whether it is incremental or reads what `ml/` writes."""

    name: str
    select: str
    is_incremental: bool = False
    reads_scores: bool = False


# Folders of models by their names in dbt (`path:` would be looked for below the folder where the command is given), and
# with the plus what they are made of, seeds among it.
BUILDS = (
    Build("core", "fqn:eis.staging +fqn:eis.core"),
    Build("features", "fqn:eis.events fqn:eis.features fqn:eis.labels", is_incremental=True),
    Build("scores", "fqn:eis.scores fqn:eis.monitoring", reads_scores=True),
)


def define_builds(manifest: Mapping[str, Any]) -> list[dg.AssetsDefinition]:
    """The dbt assets, a definition for each build."""
    return [_define_build(manifest, build) for build in BUILDS]


def _define_build(manifest: Mapping[str, Any], build: Build) -> dg.AssetsDefinition:
    @dbt_assets(
        manifest=manifest,
        select=build.select,
        exclude="test_type:unit",
        name=f"dbt_{build.name}",
        dagster_dbt_translator=WarehouseTranslator(),
    )
    def dbt_build(
        context: dg.AssetExecutionContext, dbt: DbtCliResource, line: dg.ResourceParam[Line]
    ) -> Iterator[Any]:
        stage = f"dbt_{build.name}"
        inputs = line.ledger.scoring_fingerprint() if build.reads_scores else line.ledger.raw_fingerprint()
        fingerprint = hash_values(line.code_fingerprint, inputs)
        if line.ledger.is_current(stage, fingerprint):
            context.log.info(f"{stage}: models, settings and inputs are those of the last build.")
            # Dagster wants an asset after those that it depends on.
            for key in TopologicalSorter(context.assets_def.asset_deps).static_order():
                if key in context.selected_asset_keys:
                    yield dg.MaterializeResult(asset_key=key, metadata={"unchanged": True})
            return
        line.ledger.begin(stage)
        arguments = ["build", "--exclude-resource-type", "unit_test", *dbt_arguments(line.settings)]
        definition = features_definition(line.settings)
        if build.is_incremental:
            arguments += refresh_arguments(line.settings)
        total, done = len(context.selected_asset_keys), 0
        invocation = dbt.cli(arguments, context=context, target_path=target_folder(line))
        for event in invocation.stream():
            if isinstance(event, dg.Output):
                done += 1
                report(event.output_name, done, total)
            yield event
        line.ledger.complete(stage, fingerprint)
        if build.is_incremental:
            line.ledger.complete(FEATURES_STAGE, definition)

    return dbt_build
