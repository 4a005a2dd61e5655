"""The worked example of docs/methodology/features.md: its line, in a copy of the project, and its commands, work."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from place import Built
from time_travel import open_copy

from eis.settings import PROJECT

pytestmark = pytest.mark.slow

DATABASE = "eis_worked_example"
NOT_COPIED = shutil.ignore_patterns(".*", "*.egg-info", "__pycache__", "target", "logs", "benchmarks")
NEW = {"vehicle_injury_pursuits_12m", "vehicle_injury_pursuits_60m", "vehicle_injury_pursuits_ever"}


@pytest.fixture(scope="module")
def blocks() -> list[str]:
    """The indented blocks of the section: the line to add, and the commands to give."""
    page = (PROJECT / "docs" / "methodology" / "features.md").read_text(encoding="utf-8")
    section = re.split(r"^## ", page.split("## Adding a measure\n")[1], flags=re.MULTILINE)[0]
    return re.findall(r"(?:^    .+\n)+", section, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def project(blocks: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the line where the page says that it goes."""
    copied = tmp_path_factory.mktemp("worked_example") / "project"
    shutil.copytree(PROJECT, copied, ignore=NOT_COPIED)
    model = copied / "models" / "features" / "feat_vehicle.sql"
    declared = model.read_text(encoding="utf-8")
    [where] = [line for line in declared.splitlines() if "'known_on': 'known_on'" in line]
    model.write_text(declared.replace(where, f"{where}\n{blocks[0]}"), encoding="utf-8")
    return copied


@pytest.fixture(scope="module")
def copy(demo: Built) -> Iterator[psycopg.Connection]:
    with open_copy(demo.place, DATABASE) as connection:
        yield connection


@pytest.fixture(scope="module")
def shown(demo: Built, copy: psycopg.Connection, project: Path, blocks: list[str]) -> str:
    """What the commands say, given in the copy of the project on a copy of the database."""
    environment = demo.place.environment | {
        "PYTHONPATH": str(project),
        "EIS_HOME": str(project / "state"),
        "EIS_DATABASE_URL": demo.place.url(DATABASE),
    }
    said = ""
    for command in blocks[1].splitlines():
        program, *arguments = shlex.split(command)
        assert program == "eis"
        done = subprocess.run(
            [sys.executable, "-c", "from eis.cli import app; app()", *arguments],
            cwd=project,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:]
        said += done.stdout
    return said


def test_the_line_makes_features_and_their_rows_in_the_catalogue(shown: str) -> None:
    assert set(re.findall(r"vehicle_injury_pursuits_\w+", shown)) == NEW
    assert "Vehicle pursuits with somebody injured in the last 12 months" in shown


def test_the_new_features_count_what_they_say(shown: str, copy: psycopg.Connection) -> None:
    expected = copy.execute(
        "select count(*) from core.vehicle_incidents as incidents"
        " inner join features.officer_cohort as cohort on incidents.officer_id = cohort.officer_id"
        " where kind = 'pursuit' and has_injury and known_on < as_of_date and as_of_date = '2025-07-01'"
    ).fetchone()
    found = copy.execute(
        "select sum(vehicle_injury_pursuits_ever) from features.officer_features where as_of_date = '2025-07-01'"
    ).fetchone()
    assert found == expected
    assert found is not None
    assert found[0] > 0


def test_columns_explain_themselves(shown: str, copy: psycopg.Connection) -> None:
    comments = copy.execute(
        "select attname, col_description(attrelid, attnum) from pg_attribute"
        " where attrelid = 'features.officer_features'::regclass and attname = any(%s)",
        [list(NEW)],
    ).fetchall()
    assert {name for name, comment in comments if "Vehicle pursuits with somebody injured" in comment} == NEW
