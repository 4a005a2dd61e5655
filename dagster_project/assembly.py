"""From a line to its definitions: which assets, checks, resources and jobs the department has.

Belongs here: binding. Does not: any asset's work.
"""

from collections.abc import Mapping

import dagster as dg
from dagster_dbt import DbtCliResource

from dagster_project.defs import demo, governance, modeling, oversight, raw, validation, warehouse
from dagster_project.line import Line
from dagster_project.manifest import load_manifest
from eis.settings import PROJECT
from eis.transform import DBT

WHOLE_LINE = "whole_line"


def assemble(line: Line, loggers: Mapping[str, dg.LoggerDefinition] | None = None) -> dg.Definitions:
    """All definitions of one department; `loggers` replace Dagster's own on the console."""
    return dg.Definitions(
        assets=[
            *demo.define_sources(line.department),
            raw.define_raw_tables(line.department),
            *warehouse.define_builds(load_manifest(line)),
            *modeling.ASSETS,
            *oversight.ASSETS,
            *governance.define_publication(line.department),
        ],
        asset_checks=validation.define_gates(line.department),
        jobs=[
            dg.define_asset_job(
                WHOLE_LINE,
                selection=dg.AssetSelection.all(),
                description="From raw file to published score.",
                executor_def=dg.in_process_executor,
            )
        ],
        loggers=loggers,
        resources={
            "line": line,
            "dbt": DbtCliResource(project_dir=str(PROJECT), profiles_dir=str(PROJECT), dbt_executable=str(DBT)),
        },
    )
