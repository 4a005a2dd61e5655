"""How dbt is run for a department: the one place that knows its arguments and its environment.

Belongs here: what `eis dbt` and Dagster both pass to dbt, and running it in this process. Does not: starting the
warehouse, and any SQL.
"""

import datetime as dt
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eis.department import load_department
from eis.errors import EisError
from eis.governance.policy import load_kept_department
from eis.postgres import Warehouse
from eis.settings import PROJECT, Settings
from eis.stages import StageLedger, hash_files, hash_values

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

DBT = Path(sys.executable).with_name("dbt")

# What shapes a feature beside the facts, which the models compare themselves: macros/features/increments.sql.
FEATURE_SOURCES = ("macros", "models/events", "models/features")
FEATURE_VARS = ("supplied_tables", "absent_tables", "absent_columns", "cohort", "threshold_rules")
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


def dbt_environment(settings: Settings) -> dict[str, str]:
    """This process's environment with the warehouse's connection, the as-of dates, and dbt's folders in the state.

    Raises:
        EisError: the warehouse is not running.
    """
    return os.environ | {
        **Warehouse(settings).environment(),
        **load_kept_department(settings).environment(),
        "DBT_PROJECT_DIR": str(PROJECT),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_TARGET_PATH": str(settings.state / "target"),
        "DBT_LOG_PATH": str(settings.state / "logs"),
    }


# Parsed projects of this process, by folder of state and variables.
_PROJECTS: "dict[tuple[str, ...], Manifest]" = {}


class DbtHere:
    """dbt in this process: what a process of its own would load for every command is loaded once.

    A file that changes while this process lives is not seen, as it would not be by a build under way.
    """

    def __init__(self, settings: Settings) -> None:
        """Nothing is imported before the first command."""
        self._settings = settings

    def parse(self) -> None:
        """Parse the project as it is now.

        Raises:
            EisError: dbt cannot; its own words follow.
        """
        self._read_project(dbt_arguments(self._settings), is_changed=True)

    def run(self, arguments: list[str], variables: list[str], listen: "Callable[[EventMsg], None]") -> None:
        """One command, each of dbt's events told as it happens; the parsed project on disk stays as `parse` wrote it.

        Raises:
            EisError: a model or a test failed; dbt's own words follow.
        """
        self._invoke([*arguments, "--no-write-json", *variables], listen, self._read_project(variables))

    def _read_project(self, variables: list[str], is_changed: bool = False) -> "Manifest":
        key = (str(self._settings.state), *variables)
        if is_changed or key not in _PROJECTS:
            _PROJECTS[key] = self._invoke(["parse", "--quiet", *variables], lambda _: None)
        return _PROJECTS[key]

    def _invoke(
        self, arguments: list[str], listen: "Callable[[EventMsg], None]", manifest: "Manifest | None" = None
    ) -> Any:
        from dbt.cli.main import dbtRunner

        faults: list[str] = []

        def hear(message: "EventMsg") -> None:
            if message.info.level == "error":
                faults.append(str(message.info.msg))  # type: ignore[attr-defined]
            listen(message)

        with changed_environment(dbt_environment(self._settings)):
            outcome = dbtRunner(manifest, [hear]).invoke([*arguments, "--no-use-colors"])
        if not outcome.success:
            raise EisError("\n".join([f"dbt {arguments[0]} failed:", *faults])) from outcome.exception
        return outcome.result


@contextmanager
def changed_environment(wanted: dict[str, str]) -> Iterator[None]:
    """This process's environment with other values for a while."""
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})
