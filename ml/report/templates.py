"""Templates of pages: strict, and with the look of the model report.

Belongs here: what holds for every page that is made from a template. Does not: the pages (`page`, and those of `eis`).
"""

import datetime as dt
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def open_templates(*folders: Path) -> Environment:
    """Templates of the folders, then those of this one; a value that is missing is an error, not an empty place."""
    environment = Environment(
        loader=FileSystemLoader([*folders, Path(__file__).parent]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"day": say_day, "words": lambda name: name.replace("_", " ")}
    return environment


def say_day(day: dt.date) -> str:
    """A date as it is read: `1 January 2026`."""
    return f"{day.day} {day:%B %Y}"
