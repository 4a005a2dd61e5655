"""Raw tables: what the department delivered, as delivered.

Belongs here: one asset for each raw table. Does not: judging the rows (`validation`), or shaping them (`warehouse`).
"""

from collections.abc import Iterator

import dagster as dg

from dagster_project.defs.demo import RAW_FILES
from dagster_project.line import Line
from dagster_project.outages import surviving_outages
from eis.department import Department
from eis.ingest import load_raw_table
from eis.progress import report

LEDGER = dg.AssetKey(["raw", "_loads"])


def define_raw_tables(department: Department) -> dg.AssetsDefinition:
    """The asset that loads every raw table whose file changed."""
    deps = [RAW_FILES] if department.name == "demo" else []
    specs = [
        dg.AssetSpec(
            ["raw", name],
            group_name="raw",
            kinds={"postgres", "csv"},
            deps=deps,
            description=f"`{table.file}` as delivered, the needed columns only.",
        )
        for name, table in department.raw_tables.items()
    ]
    ledger = dg.AssetSpec(
        LEDGER,
        group_name="raw",
        kinds={"postgres"},
        deps=specs,
        description="What is loaded now. One row per raw table.",
    )

    @dg.multi_asset(specs=[*specs, ledger], name="raw_tables", can_subset=True)
    def raw_tables(context: dg.AssetExecutionContext, line: dg.ResourceParam[Line]) -> Iterator[dg.MaterializeResult]:
        tables = line.department.raw_tables
        selected = [name for name in tables if dg.AssetKey(["raw", name]) in context.selected_asset_keys]
        for done, name in enumerate(selected):
            report(name, done, len(selected))
            with surviving_outages(context, line):
                load = load_raw_table(line.url, name, tables[name], line.settings.raw_files)
            yield dg.MaterializeResult(
                asset_key=["raw", name],
                metadata={
                    "dagster/row_count": load.rows,
                    "file": load.file,
                    "sha256": load.sha256,
                    "was_loaded": load.was_loaded,
                    "seconds": round(load.seconds, 2),
                },
                data_version=dg.DataVersion(load.sha256),
            )
        if LEDGER in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=LEDGER)

    return raw_tables
