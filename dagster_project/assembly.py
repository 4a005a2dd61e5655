"""From a line to its definitions: which assets, checks, resources and jobs the department has.

Belongs here: binding. Does not: any asset's work.
"""

import datetime as dt
from collections.abc import Mapping

import dagster as dg
import psycopg

from dagster_project import automation
from dagster_project.columns import read_schemas
from dagster_project.defs import briefing, demo, governance, modeling, monitoring, oversight, raw, validation, warehouse
from dagster_project.line import Line
from dagster_project.manifest import load_manifest
from dagster_project.runs import hold_turn

# Groups of assets whose owner is not the one of models; all others hold data.
PUBLISHED = ("scores", "governance", "briefing")
LEARNT = ("modeling", "monitoring", "oversight")


def assemble(line: Line, loggers: Mapping[str, dg.LoggerDefinition] | None = None) -> dg.Definitions:
    """All definitions of one department; `loggers` replace Dagster's own on the console."""
    department, manifest = line.department, load_manifest(line)
    assets = [
        *demo.define_sources(department),
        raw.define_raw_tables(department),
        *warehouse.define_builds(manifest, department),
        *modeling.define_models(department),
        *oversight.ASSETS,
        monitoring.define_drift(department),
        monitoring.define_shadow(department),
        *governance.define_publication(department),
        briefing.briefings,
    ]
    with psycopg.connect(line.url) as connection:
        schemas = read_schemas(connection, manifest, [key for asset in assets for key in asset.keys])
    return dg.Definitions(
        assets=dg.map_asset_specs(lambda spec: describe_columns(describe_duties(spec, line), schemas), assets),
        asset_checks=[*validation.define_gates(department), monitoring.signals],
        jobs=automation.define_jobs(),
        schedules=automation.define_schedules(department),
        sensors=automation.define_sensors(line),
        executor=dg.in_process_executor,
        loggers=loggers,
        resources={"line": hold_turn(line)},
    )


def describe_duties(spec: dg.AssetSpec, line: Line) -> dg.AssetSpec:
    """The asset with its owner, and with the days after which it is too old to be used where that is a fault."""
    operations = line.department.operations
    owner = operations.data_owner
    if spec.group_name in PUBLISHED:
        owner = operations.publication_owner
    elif spec.group_name in LEARNT:
        owner = operations.model_owner
    owned = spec.replace_attributes(owners=[owner])
    if spec.group_name not in ("raw", "scores"):
        return owned
    lifetime = dt.timedelta(days=line.policy.lists.lifetime_days)
    return dg.apply_freshness_policy(owned, dg.FreshnessPolicy.time_window(lifetime, warn_window=lifetime * 2 / 3))


def describe_columns(spec: dg.AssetSpec, schemas: Mapping[dg.AssetKey, dg.TableSchema]) -> dg.AssetSpec:
    """The asset with the columns of its table as it is now; until it is built, with those of its contract, if any."""
    if spec.key not in schemas:
        return spec
    table = {"dagster/column_schema": schemas[spec.key], "dagster/table_name": ".".join(spec.key.path)}
    return spec.merge_attributes(metadata=table)
