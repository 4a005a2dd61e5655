"""The resource that every asset gets: which department, which warehouse, and what has been done already.

Belongs here: binding settings once. Does not: work.
"""

import os
from dataclasses import dataclass
from functools import cached_property

from eis.department import Department
from eis.governance.policy import Policy, load_kept_department, load_policy
from eis.governance.schema import ensure_governance
from eis.postgres import Warehouse
from eis.settings import PROJECT, Settings
from eis.stages import StageLedger, hash_files, hash_values
from eis.turn import Turn

DBT_SOURCES = ("models", "macros", "seeds", "tests/dbt", "dbt_project.yml")


@dataclass(frozen=True)
class Line:
    """One department's line from raw file to score table."""

    settings: Settings

    @cached_property
    def department(self) -> Department:
        """The department's settings, within what its policy keeps."""
        return load_kept_department(self.settings)

    @cached_property
    def policy(self) -> Policy:
        """What the department allows."""
        return load_policy(self.settings)

    @cached_property
    def warehouse(self) -> Warehouse:
        """The department's warehouse."""
        return Warehouse(self.settings)

    @cached_property
    def url(self) -> str:
        """Connection URL of the warehouse."""
        return self.warehouse.url()

    @cached_property
    def turn(self) -> Turn:
        """The right to change the department's tables."""
        return Turn(self.url)

    @cached_property
    def project_fingerprint(self) -> str:
        """Hash of every file of the dbt project, and of the department's variables, as this process found them."""
        return hash_values(hash_files(PROJECT / source for source in DBT_SOURCES), self.department.dbt_vars())

    @property
    def code_fingerprint(self) -> str:
        """Hash of the dbt project, and of the as-of dates that it is run for."""
        return hash_values(self.project_fingerprint, self.department.environment())

    @property
    def data_version(self) -> str:
        """Which features and labels there are: what was loaded, and the code that shaped it."""
        return hash_values(self.code_fingerprint, self.ledger.raw_fingerprint())

    @cached_property
    def ledger(self) -> StageLedger:
        """Which stages are up to date."""
        return StageLedger(self.url)


def open_line(settings: Settings) -> Line:
    """The line with its warehouse running, and in the environment what dbt, a subprocess, finds there.

    Raises:
        EisError: the department's settings or its policy are not valid, or the warehouse does not start.
    """
    line = Line(settings)
    _ = line.department, line.policy
    line.warehouse.start()
    ensure_governance(line.url)
    os.environ.update(line.warehouse.environment() | line.department.environment())
    return line
