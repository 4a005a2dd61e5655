"""Briefings as files that only their owner can read.

Belongs here: which pages a login gets, and where they are written. Does not: what they say (`page`).
"""

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path

import psycopg

from eis.briefing.facts import Visible, find_current, may_read, read_for_command, read_visible
from eis.briefing.page import Setting, render_command, render_unit
from eis.department import Department
from eis.errors import EisError
from eis.governance.policy import Policy
from eis.settings import Settings

OF_ALL_UNITS = "scores.list_movements"  # granted to those who see all units, and the operator's own


def folder_of(settings: Settings) -> Path:
    """Where briefings are written if nobody says otherwise."""
    return settings.state / "briefings"


def describe_setting(department: Department, policy: Policy, outcome: str) -> Setting:
    """What the department says of an outcome and of the use of its list.

    Raises:
        EisError: the department predicts no such outcome.
    """
    if outcome not in department.backtest.test_dates:
        known = ", ".join(department.backtest.test_dates)
        raise EisError(f"No model predicts '{outcome}' in department '{department.name}'. Outcomes: {known}.")
    [description] = [declared.description for declared in department.outcomes if declared.name == outcome]
    return Setting(
        department=department.title,
        description=description,
        answers_for_it=policy.owner.name,
        forbidden_use=policy.forbidden_use,
        capacity=policy.lists.capacity,
        is_reviewed=outcome == policy.lists.outcome,
    )


def write_for_login(
    connection: psycopg.Connection, setting: Setting, outcome: str, folder: Path, with_units: bool
) -> list[Path]:
    """The pages that a login may have: for command one without officers, and on request the units'; else the units'.

    Raises:
        EisError: no list is current, or the login may see no officer.
    """
    published = find_current(connection, outcome)
    name = f"{outcome}_{published.as_of_date}"
    sees_all, paths = may_read(connection, OF_ALL_UNITS), []
    if sees_all:
        page = render_command(read_for_command(connection, published), setting)
        paths.append(write(folder / f"{name}_command.html", page))
    if with_units or not sees_all:
        visible, reader = read_visible(connection, published), connection.info.user
        for unit in choose_units(visible, only_listed=sees_all):
            page = render_unit(visible, unit, setting, reader, dt.date.today())
            paths.append(write(folder / f"{name}_unit_{re.sub(r'[^A-Za-z0-9-]', '_', unit)}.html", page))
    return paths


def choose_units(visible: Visible, only_listed: bool) -> Sequence[str]:
    """Units that get a page: all that the login sees, or those that are or were concerned."""
    return sorted({o.unit_id for o in visible.officers if not only_listed or o.is_on_list or o.was_on_list})


def write(path: Path, page: str) -> Path:
    """A file that nobody else on the machine can read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(page, encoding="utf-8")
    return path
