"""A line in a home of its own, driven from outside as an operator would: by command, and by queries on the result."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg

from eis.department import Department, load_department
from eis.postgres import Warehouse
from eis.settings import PROJECT, Settings

EIS = Path(sys.executable).with_name("eis")


@dataclass(frozen=True)
class Place:
    """One department's home and raw files."""

    home: Path
    raw: Path
    department: str
    folder: Path | None = None  # of department.yml and policy.yml, where they are not the department's own

    @cached_property
    def settings(self) -> Settings:
        return Settings(
            home=self.home,
            raw_path=self.raw,
            department=self.department,
            configuration=self.folder,
            database_url=None,
        )

    @cached_property
    def configuration(self) -> Department:
        return load_department(self.settings)

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the caller's own settings, and a terminal wide enough for tables."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("EIS_", "PG", "DAGSTER_"))}
        configuration = {"EIS_CONFIGURATION": str(self.folder)} if self.folder else {}
        return (
            kept
            | configuration
            | {
                "EIS_HOME": str(self.home),
                "EIS_RAW_PATH": str(self.raw),
                "EIS_DEPARTMENT": self.department,
                "COLUMNS": "200",
            }
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a command in a session of its own, so that it can be killed with all that it started."""
        return subprocess.Popen(
            [EIS, *arguments],
            env=self.environment,
            cwd=self.home,  # not the project: no command may depend on where it is given
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, timeout: float = 1_800) -> subprocess.CompletedProcess[str]:
        """One command to its end, both outputs as the console shows them."""
        return subprocess.run(
            [EIS, *arguments],
            env=self.environment,
            cwd=self.home,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )

    def build(
        self,
        *arguments: str,
        database: str | None = None,
        as_of_dates: list[str] | None = None,
        **changed_variables: list[str],
    ) -> None:
        """dbt build without any test, in the line's own database or in another one of its server."""
        command = [str(EIS.with_name("dbt")), "build", "--exclude-resource-type", "unit_test", "test", *arguments]
        from eis.transform import dbt_environment

        variables = self.configuration.dbt_vars() | changed_variables
        environment = self.environment | self.configuration.environment()
        environment |= {n: text for n, text in dbt_environment(self.settings).items() if n.startswith(("PG", "DBT_"))}
        if as_of_dates:
            environment["EIS_AS_OF_DATES"] = " ".join(as_of_dates)
        if database:
            environment |= {"PGDATABASE": database, "DBT_TARGET_PATH": str(self.home / database)}
        done = subprocess.run(
            [*command, "--vars", json.dumps(variables)],
            env=environment,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=1_800,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:]

    def url(self, database: str | None = None) -> str:
        warehouse = Warehouse(self.settings)
        return warehouse.server.url(database or warehouse.database)

    def query(self, statement: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url()) as connection:
            return connection.execute(statement, parameters).fetchall()

    def number(self, statement: str, parameters: Any = None) -> Any:
        """The one value of a query."""
        [[value]] = self.query(statement, parameters)
        return value


@dataclass(frozen=True)
class Built:
    """A line after its first run."""

    place: Place
    output: str
    seconds: float


def run_first(place: Place) -> Built:
    """The line after a run from nothing."""
    began = time.monotonic()
    done = place.run("run")
    assert done.returncode == 0, done.stdout
    return Built(place, done.stdout, time.monotonic() - began)
