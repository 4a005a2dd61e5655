"""All definitions of the department that `EIS_DEPARTMENT` names: load and bind, nothing else."""

import dagster as dg

from dagster_project.assembly import assemble
from dagster_project.line import open_line
from eis.settings import Settings

defs: dg.Definitions = assemble(open_line(Settings()))
