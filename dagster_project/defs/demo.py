"""The demo department's raw files, which are made here instead of being delivered.

Belongs here: the asset that calls the generator. Does not: anything about a real department.
"""

import dagster as dg

from dagster_project.line import Line
from eis.department import Department

RAW_FILES = "demo_raw_files"


def define_sources(department: Department) -> list[dg.AssetsDefinition]:
    """The generated files for the demo department; nothing for a real one, whose files are delivered."""
    return [_demo_raw_files] if department.name == "demo" else []


@dg.asset(name=RAW_FILES, group_name="raw", kinds={"csv"})
def _demo_raw_files(line: dg.ResourceParam[Line]) -> dg.MaterializeResult:
    """Raw files of the synthetic department, as its source systems would export them."""
    if line.settings.raw_path:  # somebody's own files of a demo department of another size
        return dg.MaterializeResult(metadata={"folder": str(line.settings.raw_path)})
    from eis.demo import generate

    return dg.MaterializeResult(metadata={"rows": generate(line.settings.raw_files)})
