"""MetricFlow on the published tables: what `eis metrics` does.

Belongs here: how it is called, as the read-only login. Does not: what a metric is (`models/_metrics.yml`).

MetricFlow lives in an environment of its own, `.venv-metrics`, and is talked to as a program, like Superset.
"""

from pathlib import Path

from eis.bi.server import find_bi_url
from eis.errors import EisError
from eis.postgres import ExternalServer
from eis.settings import PROJECT, Settings
from eis.transform import dbt_environment

PYTHON = PROJECT / ".venv-metrics" / "bin" / "python"
PROGRAM = PROJECT / "bi" / "metricflow" / "mf.py"


def metrics_command(arguments: list[str]) -> list[str]:
    """MetricFlow with these arguments.

    Raises:
        EisError: it is not installed.
    """
    if not PYTHON.exists():
        raise EisError("MetricFlow is not installed. Run: make metrics")
    return [str(PYTHON), str(PROGRAM), *arguments]


def metrics_environment(settings: Settings) -> dict[str, str]:
    """dbt's environment, with the login that a BI tool shares, and the project where MetricFlow looks for it.

    Raises:
        EisError: the warehouse is not running, or nobody has said how the BI login of somebody else's server connects.
    """
    login = ExternalServer(find_bi_url(settings)).environment()
    return dbt_environment(settings) | login | {"DBT_PROJECT_DIR": str(link_project(settings.state))}


def link_project(state: Path) -> Path:
    """The folder of dbt's `target`, made to look like the project: MetricFlow wants both in one."""
    link = state / "dbt_project.yml"
    link.unlink(missing_ok=True)
    link.symlink_to(PROJECT / link.name)
    return state
