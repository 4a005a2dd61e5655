"""Dagster's records of runs: where they are kept, what every run is tagged with, and closing those of killed runs.

Belongs here: the instance, what its processes load, and the resource that a run holds while it lives. Does not: jobs
(`assembly`), or the lock itself (`eis.turn`).
"""

import os
import shutil
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import dagster as dg
import psycopg
import yaml
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.storage.tags import REPOSITORY_LABEL_TAG

from dagster_project.line import Line
from eis.settings import PROJECT
from eis.stages import hash_values
from eis.turn import find_dead

# A run of the UI waits so long for one of the command line, and then fails; runs of the UI queue behind each other.
PATIENCE_SECONDS = 4 * 3600
# Between its start and the lock on its name, which it takes before it waits, a run does nothing but import.
YOUNG_SECONDS = 60


def open_instance(line: Line) -> dg.DagsterInstance:
    """Dagster's instance: its settings and compute logs in the department's state, its records in the warehouse."""
    home = line.settings.state / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PROJECT / "dagster_project" / "dagster.yaml", home / "dagster.yaml")
    # dagster.yaml finds the warehouse through libpq's variables, which `open_line` has set.
    os.environ |= {"DAGSTER_HOME": str(home), "DAGSTER_EVENT_BATCH_SIZE": "500"}
    with psycopg.connect(line.url, autocommit=True) as connection:
        connection.execute("create schema if not exists dagster")
    return dg.DagsterInstance.get()


def write_workspace(line: Line) -> Path:
    """The file that tells Dagster's processes what to load: the department's definitions, under its name."""
    module = {
        "module_name": "dagster_project.definitions",
        "working_directory": str(PROJECT),
        "location_name": line.department.name,
    }
    path = line.settings.state / "dagster" / "workspace.yaml"
    path.write_text(yaml.safe_dump({"load_from": [{"python_module": module}]}), encoding="utf-8")
    return path


def hold_turn(line: Line) -> dg.ResourceDefinition:
    """The line as a resource: whoever has it is the only run, and is tagged with what it ran on."""

    @dg.resource(description="The department's line, held by one run at a time.")
    def held(context: dg.InitResourceContext) -> Iterator[Line]:
        instance, run = context.instance, context.run
        with line.turn.held(PATIENCE_SECONDS, run.run_id if run else None):
            if instance and run:
                instance.add_run_tags(run.run_id, describe_versions(line))
            yield line

    return held


def describe_versions(line: Line) -> dict[str, str]:
    """What a run ran on."""
    return {
        "eis/department": line.department.name,
        "eis/version": version("eis"),
        "eis/code": line.code_fingerprint[:12],
        "eis/policy": hash_values(line.policy.model_dump(mode="json"))[:12],
    }


def belong_to_job(line: Line) -> dict[str, str]:
    """The tag by which the UI finds a run of the command line among those of its job."""
    return {REPOSITORY_LABEL_TAG: f"{SINGLETON_REPOSITORY_NAME}@{line.department.name}"}


def close_dead_runs(instance: dg.DagsterInstance, line: Line) -> list[str]:
    """Mark as failed what Dagster believes to be under way though its process is gone: killed, or the machine stopped.

    Returns:
        Their identifiers.
    """
    running = instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
    old = [r.dagster_run for r in running if r.start_time and r.start_time < time.time() - YOUNG_SECONDS]
    dead = set(find_dead(line.url, [run.run_id for run in old]))
    for run in old:
        if run.run_id in dead:
            instance.report_run_failed(run, "Its process is gone: it was killed, or the machine stopped.")
    return sorted(dead)
