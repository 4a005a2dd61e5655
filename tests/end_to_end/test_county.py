"""The worked example of docs/guides/adding_a_department.md is built, and a draft in it stops the build."""

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from place import Place

from eis.ingest import load_raw_tables
from eis.onboarding import model_drafts
from eis.settings import PROJECT
from eis.validation import load_suites, validate

pytestmark = pytest.mark.slow

NOT_COPIED = shutil.ignore_patterns(".*", "*.egg-info", "__pycache__", "target", "logs", "benchmarks", "docs")


@pytest.fixture(scope="module")
def county(make_home: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The county with its raw tables loaded and checked."""
    place = Place(make_home(), tmp_path_factory.mktemp("county"), "county")
    subprocess.run([sys.executable, PROJECT / "departments/county/make_files.py", place.raw], check=True)
    assert place.run("warehouse", "start").returncode == 0
    load_raw_tables(place.url(), place.configuration, place.raw)
    return place


@pytest.fixture(scope="module")
def built(county: Place) -> Place:
    """Its department model, with all of its tests."""
    done = county.run("dbt", "build", "--select", "staging", "core")
    assert done.returncode == 0, done.stdout[-3000:]
    return county


def read_entries(place: Place) -> list[dict[str, str]]:
    """The entries, each once."""
    with (place.raw / "professional_standards_entries.csv").open(encoding="utf-8") as file:
        return list({row["Entry #"]: row for row in csv.DictReader(file)}.values())


def test_the_drafted_suites_hold_for_what_they_were_drafted_from(county: Place) -> None:
    suites = load_suites(PROJECT / "expectations" / "county")
    results = validate(county.url(), suites, county.settings.state)
    assert [
        (table.table, failed.description) for table in results for failed in table.results if not failed.success
    ] == []


def test_one_table_for_everything_becomes_several(built: Place) -> None:
    entries = read_entries(built)
    kinds = {
        "complaints": ("citizen complaint", "internal complaint"),
        "uses_of_force": ("use of force",),
        "vehicle_incidents": ("vehicle accident", "pursuit"),
        "commendations": ("commendation",),
    }
    for table, names in kinds.items():
        named = [
            deputy
            for entry in entries
            if entry["Entry Type"].lower() in names
            for deputy in (entry["Deputy 1"], entry["Deputy 2"], entry["Deputy 3"])
            if deputy
        ]
        assert built.number(f"select count(*) from core.{table}") == len(named) > 0, table


def test_findings_are_known_from_their_own_day(built: Place) -> None:
    founded = [
        entry
        for entry in read_entries(built)
        if "Complaint" in entry["Entry Type"] and entry["Disposition"] == "Founded"
    ]
    deputies = sum(bool(entry[f"Deputy {place}"]) for entry in founded for place in (1, 2, 3))
    assert built.number("select count(*) from core.complaints where finding = 'sustained'") == deputies > 0
    assert built.number("select count(*) from core.complaints where finding is not null and closed_on is null") == 0
    assert built.number("select count(*) from core.complaints where closed_on < known_on") == 0


def test_a_draft_stops_the_build_and_names_file_table_and_column(county: Place, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project, ignore=NOT_COPIED)
    model = "models/staging/county/int_county__complaints.sql"
    draft = model_drafts.draft_mapping(
        "county", model_drafts.read_core_tables()["complaints"], ["professional_standards_entries"]
    )
    (project / model).write_text(draft, encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from eis.cli import app; app()",
            "dbt",
            "compile",
            "--select",
            "int_county__complaints",
        ],
        cwd=project,
        env=county.environment | {"PYTHONPATH": str(project), "PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode != 0
    said = " ".join(done.stdout.split())
    assert f"{model}: core table 'complaints' is not mapped yet: column 'allegation_id' is still to be filled" in said
