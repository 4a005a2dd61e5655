"""The annual evaluation: what accreditation asks a department with an early intervention system to look at each year.

Belongs here: from a warehouse to a page in the department's state folder. Does not: a figure that is not in a table of
schemas `governance` or `monitoring` already.
"""

from pathlib import Path

from eis.annual.facts import collect
from eis.annual.page import render
from eis.department import load_department
from eis.governance.connection import operating
from eis.reports import write_page
from eis.settings import Settings


def write_evaluation(settings: Settings, year: int | None) -> Path:
    """The page of a year, in a file.

    Raises:
        EisError: no list was ever proposed, or none in that year.
    """
    with operating(settings) as connection:
        facts = collect(connection, year)
    page = render(facts, load_department(settings).title)
    return write_page(settings, f"annual_{facts.year}", page)
