"""The policy file: what is refused, in which words; what it has to agree on with department.yml."""

from pathlib import Path

import pytest

from eis.department import parse_department
from eis.errors import EisError
from eis.governance.policy import check_agreement, keep_within_retention, load_policy, parse_policy
from eis.settings import PROJECT, Settings

DEPARTMENTS = sorted(path.parent.name for path in (PROJECT / "departments").glob("*/department.yml"))
GOOD = (PROJECT / "departments" / "demo" / "policy.yml").read_text()


def write(tmp_path: Path, old: str, new: str) -> tuple[Path, int]:
    """The demo's policy with one change, and the line on which it stands."""
    assert GOOD.count(old) == 1
    path = tmp_path / "policy.yml"
    path.write_text(GOOD.replace(old, new))
    return path, GOOD[: GOOD.index(old)].count("\n") + 1


@pytest.mark.parametrize("department", DEPARTMENTS)
def test_every_department_has_a_policy_that_agrees_with_it(department: str) -> None:
    assert load_policy(Settings(department=department)).owner.name


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ("capacity: 50", "capacity: many", "lists.capacity", "valid integer"),
        ("capacity: 50", "capacitee: 50", "lists.capacitee", "Extra inputs"),
        ("approve: [eis_command]", "approve: [eis_comand]", "powers.approve.0", "Input should be"),
        ("approve: [eis_command]", "approve: []", "powers.approve", "at least 1"),
        ("clock: data", "clock: sundial", "clock", "'calendar' or 'data'"),
        ("  due_months: 6", "  due_months: 60", "retraining", "after max_age_months"),
        ("  review_days: 21", "  review_days: 60", "lists", "longer than lifetime_days"),
        ("export: [eis_auditor]", "export: [eis_bi]", "powers", "nobody would answer"),
        ("eis_supervisor: []", "eis_supervisor: [scores]", "readers", "unlogged"),
        ("    max_score_psi: 0.5", "    max_score_psi: -1", "publication.drift.max_score_psi", "greater than 0"),
    ],
)
def test_fault_names_file_line_and_field(tmp_path: Path, old: str, new: str, field: str, words: str) -> None:
    path, line = write(tmp_path, old, new)
    # A fault of a whole block stands where the block begins.
    if field in ("retraining", "lists", "powers", "readers"):
        line = GOOD[: GOOD.index(f"\n{field}:")].count("\n") + 2
    with pytest.raises(EisError) as caught:
        parse_policy(path)
    message = str(caught.value)
    assert str(path) in message
    assert f"line {line}: {field}: " in message
    assert words in message


def test_missing_field_is_looked_for_in_its_block(tmp_path: Path) -> None:
    path, _ = write(tmp_path, "  contact: standards@demo.invalid\n", "")
    with pytest.raises(EisError, match=r"line 3: owner\.contact: Field required"):
        parse_policy(path)


@pytest.mark.parametrize("text", ["owner: [", "a: b: c", ""])
def test_what_is_no_policy_is_told_without_traceback(tmp_path: Path, text: str) -> None:
    path = tmp_path / "policy.yml"
    path.write_text(text)
    with pytest.raises(EisError, match=r"policy\.yml is not valid"):
        parse_policy(path)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("outcome: adverse", "outcome: misfortune", "lists.outcome: 'misfortune' is not an outcome"),
        (
            "features_years: 8",
            "features_years: 2",
            "retention.features_years: nothing before 2024-01-01 is kept, and backtest.test_dates.complaint of"
            " department.yml has 2023-01-01",
        ),
        (
            "training_years: 8",
            "training_years: 4",
            "retention.training_years: nothing before 2022-01-01 is learnt from, and backtest.test_dates.",
        ),
    ],
)
def test_policy_and_department_may_not_contradict_each_other(tmp_path: Path, old: str, new: str, words: str) -> None:
    path, line = write(tmp_path, old, new)
    department = parse_department(PROJECT / "departments" / "demo" / "department.yml")
    with pytest.raises(EisError) as caught:
        check_agreement(parse_policy(path), department, path)
    assert f"line {line}: {words}" in str(caught.value)


def test_retention_takes_from_the_beginning_of_calendar_and_training() -> None:
    department = parse_department(PROJECT / "departments" / "demo" / "department.yml")
    policy = parse_policy(PROJECT / "departments" / "demo" / "policy.yml")
    assert keep_within_retention(department, policy) == department

    def keep(**years: int) -> tuple[list[str], str]:
        retention = policy.retention.model_copy(update=years)
        kept = keep_within_retention(department, policy.model_copy(update={"retention": retention}))
        return [date.isoformat() for date in kept.calendar.as_of_dates], kept.backtest.train_from.isoformat()

    dates = [date.isoformat() for date in department.calendar.as_of_dates]
    assert keep(features_years=5) == (dates[dates.index("2021-01-01") :], "2021-01-01")
    assert keep(training_years=5) == (dates, "2021-01-01")
    assert keep(features_years=5, training_years=4) == (dates[dates.index("2021-01-01") :], "2022-01-01")
