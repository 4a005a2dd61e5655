"""The briefing for command, written with each run: one page a published list, which names no officer.

Belongs here: the asset that calls `eis.briefing`. Does not: pages about officers: their readers write them
with logins of their own (`eis report briefing`).
"""

import dagster as dg
import psycopg

from dagster_project.line import Line
from eis.briefing.files import describe_setting, folder_of, write_for_login
from eis.governance.publication import list_status


@dg.asset(
    key=["briefing", "command"],
    deps=[["scores", name] for name in ("published_lists", "list_certainty", "list_track_record", "list_movements")],
    group_name="briefing",
    kinds={"jinja"},
)
def briefings(line: dg.ResourceParam[Line]) -> dg.MaterializeResult:
    """The page for command of each current list: size, units, what is due, how sure. One page per list."""
    pages: dict[str, dg.MetadataValue] = {}
    with psycopg.connect(line.url) as connection:
        for found in list_status(connection):
            if found.status == "current":
                setting = describe_setting(line.department, line.policy, found.outcome)
                [page] = write_for_login(connection, setting, found.outcome, folder_of(line.settings), with_units=False)
                pages[found.outcome] = dg.MetadataValue.path(page)
    return dg.MaterializeResult(metadata=pages)
