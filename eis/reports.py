"""Reports as files: pages are kept in the warehouse, and written where a browser can open them.

Belongs here: the folder, and getting a page from the warehouse into it. Does not: what a page says (`ml.report`).
"""

import hashlib
from pathlib import Path

from eis.department import Department
from eis.errors import EisError
from eis.postgres import Warehouse
from eis.settings import Settings
from ml import warehouse


def write_page(settings: Settings, outcome: str, content: str) -> Path:
    """Write an outcome's page into the department's state folder."""
    folder = settings.state / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{outcome}.html"
    path.write_text(content, encoding="utf-8")
    return path


def fetch_pages(settings: Settings, department: Department, outcome: str | None) -> list[Path]:
    """Files with the latest page of one outcome, or of all; what was done to the files before is undone.

    Raises:
        EisError: there is no such outcome or no page yet, or a page in the warehouse was changed.
    """
    known = list(department.backtest.test_dates)
    if outcome and outcome not in known:
        raise EisError(
            f"No model predicts '{outcome}' in department '{department.name}'. Outcomes: {', '.join(known)}."
        )
    paths = []
    with warehouse.connect(Warehouse(settings).url()) as connection:
        warehouse.ensure_registry(connection)
        for name in [outcome] if outcome else known:
            page = warehouse.read_report(connection, name)
            if not page:
                raise EisError(f"There is no report of '{name}' yet. Run the line first: eis run.")
            content, sha256 = page
            if hashlib.sha256(content.encode()).hexdigest() != sha256:
                raise EisError(f"The report of '{name}' in ml.reports is not the one that was kept: its hash differs.")
            paths.append(write_page(settings, name, content))
    return paths
