"""How dbt is run for a department: the one place that knows its arguments and its environment.

Belongs here: what `eis dbt` and Dagster both pass to dbt. Does not: starting the warehouse, and any SQL.
"""

import datetime as dt
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from eis.department import load_department
from eis.governance.policy import load_kept_department
from eis.postgres import Warehouse
from eis.settings import PROJECT, Settings
from eis.stages import StageLedger, hash_files, hash_values

DBT = Path(sys.executable).with_name("dbt")

# What shapes a feature beside the facts, which the models compare themselves: macros/features/increments.sql.
FEATURE_SOURCES = ("macros", "models/events", "models/features")
FEATURE_VARS = ("supplied_tables", "absent_tables", "absent_columns", "cohort")
FEATURES_STAGE = "features_definition"


def dbt_arguments(settings: Settings, months: Iterable[dt.date] = ()) -> list[str]:
    """Arguments that go after dbt's command: the department as variables, and months to build whatever the facts say.

    Raises:
        EisError: the department does not exist, or its settings or its policy are not valid.
    """
    chosen = {"chosen_months": [month.isoformat() for month in months]}
    return ["--vars", json.dumps(load_kept_department(settings).dbt_vars() | chosen)]


def features_definition(settings: Settings) -> str:
    """Hash of the SQL and of the settings that features are made with; the calendar is a fact, not a part of it."""
    variables = load_department(settings).dbt_vars()
    return hash_values(hash_files(PROJECT / s for s in FEATURE_SOURCES), [variables[name] for name in FEATURE_VARS])


def refresh_arguments(settings: Settings) -> list[str]:
    """What `dbt build` and `dbt run` need beside `dbt_arguments`: rows of another definition cannot be added to.

    Until the line completes its build of features, the ledger then holds them for rows of no definition.

    Raises:
        EisError: the warehouse is not running.
    """
    ledger = StageLedger(Warehouse(settings).url())
    if ledger.is_current(FEATURES_STAGE, features_definition(settings)):
        return []
    ledger.begin(FEATURES_STAGE)
    return ["--full-refresh"]


def dbt_command(command: str, settings: Settings) -> list[str]:
    """One dbt command of this environment."""
    return [str(DBT), command, *dbt_arguments(settings)]


def dbt_environment(settings: Settings) -> dict[str, str]:
    """This process's environment with the warehouse's connection, the as-of dates, and dbt's folders in the state.

    Raises:
        EisError: the warehouse is not running.
    """
    return os.environ | {
        **Warehouse(settings).environment(),
        **load_department(settings).environment(),
        "DBT_PROJECT_DIR": str(PROJECT),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_TARGET_PATH": str(settings.state / "target"),
        "DBT_LOG_PATH": str(settings.state / "logs"),
    }
