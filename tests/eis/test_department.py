"""department.yml: what a department may choose, and that a wrong choice is named before anything runs."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from eis.department import parse_department
from eis.errors import EisError
from eis.settings import PROJECT

DEMO = PROJECT / "departments" / "demo" / "department.yml"


@pytest.fixture
def choices() -> dict[str, Any]:
    """The demo department's file, for a test to change."""
    loaded: dict[str, Any] = yaml.safe_load(DEMO.read_text(encoding="utf-8"))
    return loaded


def parse(choices: dict[str, Any], folder: Path) -> Any:
    path = folder / "department.yml"
    path.write_text(yaml.safe_dump(choices), encoding="utf-8")
    return parse_department(path)


def test_scoring_and_training_have_dates_of_their_own(choices: dict[str, Any], tmp_path: Path) -> None:
    choices["calendar"] |= {"first_as_of": "2019-01-01", "last_as_of": "2026-02-01", "every_months": 3}
    choices["backtest"]["train_every_months"] = 6
    department = parse(choices, tmp_path)
    dates = [str(date) for date in department.calendar.as_of_dates]
    assert dates[:3] == ["2019-01-01", "2019-04-01", "2019-07-01"]
    assert dates[-2:] == ["2026-01-01", "2026-02-01"]  # the last date is described whatever the step
    assert department.environment() == {"EIS_AS_OF_DATES": " ".join(dates)}
    assert department.backtest.train_every_months == 6


def test_cohort_choices_reach_the_models(choices: dict[str, Any], tmp_path: Path) -> None:
    wanted = {"min_service_months": 12, "rank_groups": ["officer"], "excluded_unit_types": ["academy"]}
    choices["cohort"] = wanted
    assert parse(choices, tmp_path).dbt_vars()["cohort"] == wanted


@pytest.mark.parametrize(
    ("block", "change", "words"),
    [
        ("calendar", {"first_as_of": "2019-01-02"}, "first days of a month"),
        ("calendar", {"first_as_of": "2026-01-01"}, "must be before"),
        ("calendar", {"every_months": 0}, "calendar.every_months"),
        ("calendar", {"weekly": True}, "calendar.weekly"),
        ("calendar", {"every_months": 2}, "must be a multiple of calendar.every_months"),
        ("cohort", {"min_service_months": -1}, "cohort.min_service_months"),
        ("cohort", {"rank_groups": ["captain"]}, "cohort.rank_groups.0"),
        ("backtest", {"train_from": "2018-12-01"}, "train_from: 2018-12-01 is no as-of date of the calendar"),
        ("backtest", {"test_dates": {"adverse": ["2027-01-01"]}}, "2027-01-01 is no as-of date of the calendar"),
        ("backtest", {"test_dates": {"adverse": []}}, "backtest.test_dates.adverse: List should have at least 1 item"),
        ("backtest", {"horizon_months": 18}, "one of labels.horizons_months"),
        ("labels", {"horizons_months": [12, 6]}, "must ascend"),
        ("absent_tables", {"ranks": "None.", "no_table": "None."}, "are not core tables"),
        ("absent_tables", {"officers": "None."}, "cannot be absent"),
    ],
)
def test_wrong_choices_are_named(
    choices: dict[str, Any], tmp_path: Path, block: str, change: dict[str, Any], words: str
) -> None:
    choices[block] = choices.get(block, {}) | change
    with pytest.raises(EisError, match="is not valid") as error:
        parse(choices, tmp_path)
    assert words in str(error.value)


def test_ranks_cannot_be_asked_for_where_there_are_none(choices: dict[str, Any], tmp_path: Path) -> None:
    choices |= {"absent_tables": {"ranks": "None."}, "cohort": {"rank_groups": ["officer"]}}
    with pytest.raises(EisError, match="rank_groups needs core table ranks"):
        parse(choices, tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"is_decided_later": False}, "is_decided_later must be true, as of its parts"),
        ({"observed_until": "2025-01-01"}, "follows from the parts"),
        ({"any_of": ["complaint", "gossip"]}, r"any_of names \['gossip'\]"),
        ({"table": "complaints"}, "any_of stands alone"),
    ],
)
def test_a_composite_outcome_is_made_of_declared_ones(
    choices: dict[str, Any], tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    [composite] = [outcome for outcome in choices["outcomes"] if outcome["name"] == "adverse"]
    composite |= change
    with pytest.raises(EisError, match=words):
        parse(choices, tmp_path)
