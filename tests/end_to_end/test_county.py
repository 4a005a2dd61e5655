"""The worked example of docs/guides/adding_a_department.md, from its files to a list; a draft in it stops the build.

A department of 120 deputies: few enough that much of what is asked cannot be told, which the line has to say.
"""

import csv
import datetime as dt
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from place import EIS, Built, Place, run_first
from time_travel import travel

from eis.onboarding import model_drafts
from eis.settings import PROJECT
from eis.validation import load_suites, validate

pytestmark = pytest.mark.slow

NOT_COPIED = shutil.ignore_patterns(".*", "*.egg-info", "__pycache__", "target", "logs", "benchmarks", "docs")


@pytest.fixture(scope="module")
def county(make_home: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The whole line of the county."""
    place = Place(make_home(), tmp_path_factory.mktemp("county"), "county")
    subprocess.run([sys.executable, PROJECT / "departments/county/make_files.py", place.raw], check=True)
    return run_first(place)


@pytest.fixture(scope="module")
def place(county: Built) -> Place:
    return county.place


@pytest.fixture(scope="module")
def entries(place: Place) -> list[dict[str, str]]:
    """The entries, each once."""
    with (place.raw / "professional_standards_entries.csv").open(encoding="utf-8") as file:
        return list({row["Entry #"]: row for row in csv.DictReader(file)}.values())


def read_day(text: str) -> dt.date:
    """A day as the office writes it."""
    month, day, year = map(int, text.split("/"))
    return dt.date(year, month, day)


def name_deputies(entry: dict[str, str]) -> list[str]:
    """Stars of the deputies whom an entry names, as the roster writes them."""
    return [star.removeprefix("S-") for number in (1, 2, 3) if (star := entry[f"Deputy {number}"])]


def test_the_drafted_suites_hold_for_what_they_were_drafted_from(place: Place) -> None:
    suites = load_suites(PROJECT / "expectations" / "county")
    results = validate(place.url(), suites, place.settings.state)
    assert [
        (table.table, failed.description) for table in results for failed in table.results if not failed.success
    ] == []


def test_one_table_for_everything_becomes_several(place: Place, entries: list[dict[str, str]]) -> None:
    kinds = {
        "complaints": ("citizen complaint", "internal complaint"),
        "uses_of_force": ("use of force",),
        "vehicle_incidents": ("vehicle accident", "pursuit"),
        "commendations": ("commendation",),
    }
    for table, names in kinds.items():
        named = [star for entry in entries if entry["Entry Type"].lower() in names for star in name_deputies(entry)]
        assert place.number(f"select count(*) from core.{table}") == len(named) > 0, table


def test_findings_are_known_from_their_own_day(place: Place, entries: list[dict[str, str]]) -> None:
    founded = [e for e in entries if "complaint" in e["Entry Type"].lower() and e["Disposition"] == "Founded"]
    deputies = sum(len(name_deputies(entry)) for entry in founded)
    assert place.number("select count(*) from core.complaints where finding = 'sustained'") == deputies > 0
    assert place.number("select count(*) from core.complaints where finding is not null and closed_on is null") == 0
    assert place.number("select count(*) from core.complaints where closed_on < known_on") == 0


def test_features_and_labels_count_what_the_files_say(place: Place, entries: list[dict[str, str]]) -> None:
    """Complaints of the year before and of the year after, by the day of entry, which is all that the form tells."""
    as_of = dt.date(2023, 1, 1)
    complaints = [(read_day(e["Date Entered"]), e) for e in entries if "complaint" in e["Entry Type"].lower()]
    before, after = (
        Counter(star for day, entry in complaints if day.year == year for star in name_deputies(entry))
        for year in (2022, 2023)
    )
    rows = place.query(
        "select officer_id, complaints_reported_12m, label_value from features.officer_features"
        " inner join labels.officer_labels using (officer_id, as_of_date)"
        " where as_of_date = %s and outcome = 'complaint' and horizon_months = 12",
        [as_of],
    )
    assert len(rows) > 80
    assert [(star, count) for star, count, _ in rows if count != before[star]] == []
    assert [(star, label) for star, _, label in rows if label != int(after[star] > 0)] == []
    assert sum(label for *_, label in rows) > 20


def test_no_feature_knows_the_future(place: Place) -> None:
    """By `as_it_stood.sql`, which the guide has every department write; leaks of every kind: test_time_travel.py."""
    journey = travel(place, "2022-04-01")
    assert journey.published.rows > 1_000
    assert journey.published.lost_or_added == 0
    assert journey.published.changed == {}
    assert journey.leaking.changed


def test_what_cannot_be_made_is_left_out_by_name_with_the_departments_reason(place: Place) -> None:
    reasons = place.configuration.absent_tables | place.configuration.absent_columns
    absent = place.query("select feature_name, absence_reason from features.feature_catalog where not is_available")
    columns = {
        column
        for (column,) in place.query(
            "select column_name from information_schema.columns"
            " where table_schema = 'features' and table_name = 'officer_features'"
        )
    }
    assert {reason for _, reason in absent} <= set(reasons.values())
    assert reasons["shifts"] in {reason for _, reason in absent}
    assert {name for name, _ in absent} & columns == set()


def test_what_tells_nobody_apart_is_never_chosen(place: Place) -> None:
    """Boosting has no leaf of 1,000 rows to split off here: everybody gets the same score."""
    flat = {
        group
        for (group,) in place.query(
            "select model_group from monitoring.backtest_metrics where metric = 'auc' and not is_baseline"
            " group by 1 having min(value) = 0.5 and max(value) = 0.5"
        )
    }
    assert "gradient_boosting" in flat
    steps = place.query("select model_group, verdict from monitoring.selection_steps")
    assert steps
    assert not flat & {group for group, _ in steps}
    assert all(f"{group} is refused: it tells nobody apart" in verdict for _, verdict in steps for group in flat)


def test_what_so_few_officers_cannot_tell_is_not_told(place: Place) -> None:
    told = place.query(
        "select audit.attribute, audit.group_name, count(audit.value) > 0 from monitoring.fairness_audit as audit"
        " where attribute in ('race', 'sex') and test_as_of_date = '2023-01-01' group by 1, 2"
    )
    sizes = {
        (attribute, group): size
        for attribute in ("race", "sex")
        for group, size in place.query(
            f"select {attribute}, count(*) from features.officer_cohort inner join core.officers using (officer_id)"
            " where as_of_date = '2023-01-01' group by 1"
        )
    }
    assert {(attribute, group): is_told for attribute, group, is_told in told} == {
        name: size >= place.configuration.fairness.min_officers for name, size in sizes.items()
    }
    assert {is_told for *_, is_told in told} == {True, False}
    verdicts = {verdict for (verdict,) in place.query("select verdict from monitoring.effect_of_lists")}
    assert verdicts <= {"cannot tell", "too early"}


def test_nothing_is_published_before_somebody_approves(county: Built) -> None:
    place = county.place
    assert place.number("select count(*) from scores.current_officer_scores") == 0
    refused = re.findall(r"^(\w+): the latest scores were refused\. Model (\w{8})", county.output, flags=re.MULTILINE)
    assert [outcome for outcome, _ in refused] == ["adverse", "complaint"]
    shown = place.run("access", "add", "eis_undersheriff", "--role", "eis_command").stdout
    [login] = re.findall(r"postgresql://\S+", shown)
    command = [EIS, "models", "approve", refused[1][1], "--reason", "Backtest and fairness read"]
    done = subprocess.run(
        command,
        env=place.environment | {"EIS_USER_URL": login},
        cwd=place.home,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "complaint: published" in place.run("scores", "publish").stdout
    assert place.query(
        "select outcome, as_of_date, count(*) from scores.current_officer_scores where is_on_list group by 1, 2"
    ) == [("complaint", dt.date(2025, 1, 1), 6)]


def test_a_draft_stops_the_build_and_names_file_table_and_column(place: Place, tmp_path: Path) -> None:
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
        env=place.environment | {"PYTHONPATH": str(project), "PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode != 0
    said = " ".join(done.stdout.split())
    assert f"{model}: core table 'complaints' is not mapped yet: column 'allegation_id' is still to be filled" in said
