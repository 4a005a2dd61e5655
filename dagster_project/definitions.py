"""All definitions of the chosen department: load and bind, nothing else."""

import os

import dagster as dg

from dagster_project.assembly import assemble
from dagster_project.line import Line
from eis.settings import Settings

line = Line(Settings())
line.warehouse.start()
os.environ.update(line.warehouse.environment())  # dbt, a subprocess, finds its connection there
defs: dg.Definitions = assemble(line)
