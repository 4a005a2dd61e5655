"""How dbt is run for a department: the one place that knows its arguments and its environment.

Belongs here: what `eis dbt` and Dagster both pass to dbt. Does not: starting the warehouse, and any SQL.
"""

import json
import os
import sys
from pathlib import Path

from eis.department import load_department
from eis.postgres import Warehouse
from eis.settings import PROJECT, Settings

DBT = Path(sys.executable).with_name("dbt")


def dbt_arguments(settings: Settings) -> list[str]:
    """Arguments that go after dbt's command: the department as variables.

    Raises:
        EisError: the department does not exist or its file is not valid.
    """
    return ["--vars", json.dumps(load_department(settings).dbt_vars())]


def dbt_command(command: str, settings: Settings) -> list[str]:
    """One dbt command of this environment."""
    return [str(DBT), command, *dbt_arguments(settings)]


def dbt_environment(settings: Settings) -> dict[str, str]:
    """This process's environment with the warehouse's connection, and dbt's folders in the department's state.

    Raises:
        EisError: the warehouse is not running.
    """
    return os.environ | {
        **Warehouse(settings).environment(),
        "DBT_PROJECT_DIR": str(PROJECT),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_TARGET_PATH": str(settings.state / "target"),
        "DBT_LOG_PATH": str(settings.state / "logs"),
    }
