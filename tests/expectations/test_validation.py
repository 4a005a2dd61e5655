"""Suites, their results, and quarantine: on real tables, with the faults that departments deliver."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from eis.department import RawTable
from eis.errors import EisError
from eis.ingest import load_raw_table
from eis.settings import PROJECT
from eis.validation import TableValidation, load_suites, parse_suite, validate

TABLE = RawTable(file="officers.csv", columns=["id", "hired", "sex"])
ROWS = [f"{number},2001-02-{number % 28 + 1:02d},f" for number in range(1, 201)]

DATES = {
    "expectation": "ExpectColumnValuesToMatchRegex",
    "description": "Hiring dates look like 2001-02-03.",
    "severity": "critical",
    "quarantine": True,
    "kwargs": {"column": "hired", "regex": r"^\d{4}-\d{2}-\d{2}$"},
}
IDS = {
    "expectation": "ExpectColumnValuesToBeUnique",
    "description": "An officer stands there once.",
    "severity": "critical",
    "quarantine": True,
    "kwargs": {"column": "id"},
}
CODES = {
    "expectation": "ExpectColumnValuesToBeInSet",
    "description": "Sex is coded as agreed.",
    "severity": "warning",
    "kwargs": {"column": "sex", "value_set": ["f", "m", "it's"]},
}
COUNT = {
    "expectation": "ExpectTableRowCountToBeBetween",
    "description": "The file is not empty.",
    "severity": "critical",
    "kwargs": {"min_value": 1},
}


@pytest.fixture
def url(server_url: str) -> str:
    """An empty warehouse."""
    with psycopg.connect(server_url) as connection:
        connection.execute("drop schema if exists raw, quarantine, core, monitoring cascade")
    return server_url


Deliver = Callable[[list[str]], None]
Check = Callable[..., TableValidation]


@pytest.fixture
def deliver(url: str, tmp_path: Path) -> Deliver:
    """Load rows as a newly delivered file."""

    def load(rows: list[str]) -> None:
        (tmp_path / TABLE.file).write_text("\n".join(["id,hired,sex", *rows, ""]))
        load_raw_table(url, "officers", TABLE, tmp_path)

    return load


@pytest.fixture
def check(url: str, tmp_path: Path) -> Check:
    """Run rules over the loaded file."""

    def run(*rules: dict[str, Any], share: float = 0.0, table: str = "raw.officers") -> TableValidation:
        path = tmp_path / f"{table.split('.')[1]}.yml"
        path.write_text(yaml.safe_dump({"table": table, "rules": list(rules)}))
        [validation] = validate(url, [parse_suite(path)], tmp_path / "state", {"officers": share})
        return validation

    return run


def query(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchall()


def test_clean_file_passes_and_every_result_is_kept(url: str, deliver: Deliver, check: Check) -> None:
    deliver(ROWS)
    validation = check(DATES, IDS, CODES, COUNT)
    assert validation.passed
    assert [result.success for result in validation.results] == [True] * 4
    assert validation.results[3].observed_value == "200"
    kept = query(
        url,
        "select rule_number, expectation, column_name, severity, success, unexpected_count, element_count, run_id"
        " from monitoring.validation_results order by rule_number",
    )
    assert kept[0] == (1, "ExpectColumnValuesToMatchRegex", "hired", "critical", True, 0, 200, validation.run_id)
    assert len(kept) == 4


def test_garbage_dates_stop_the_line_and_are_placed(deliver: Deliver, check: Check) -> None:
    deliver([*ROWS[:10], "301,not a date,f", *ROWS[10:], "302,,f"])
    validation = check(DATES)
    assert not validation.passed
    [failure] = validation.critical_failures
    assert (failure.unexpected_count, failure.sample_rows) == (1, [12])
    assert failure.unexpected_share == pytest.approx(1 / 201)  # an empty cell is nobody's wrong date


def test_warning_is_recorded_and_stops_nothing(deliver: Deliver, check: Check) -> None:
    deliver([*ROWS, "301,2001-01-01,'); drop table raw.officers; --", "302,2001-01-01,it's"])
    validation = check(CODES)
    assert validation.passed
    assert [result.sample_rows for result in validation.warnings] == [[202]]


def test_mostly_allows_a_stated_share(deliver: Deliver, check: Check) -> None:
    deliver([*ROWS, "301,2001-01-01,?"])
    allowed = CODES | {"kwargs": CODES["kwargs"] | {"mostly": 0.99}}  # type: ignore[operator]
    assert not check(allowed).warnings
    strict = CODES | {"kwargs": CODES["kwargs"] | {"mostly": 0.999}}  # type: ignore[operator]
    assert len(check(strict).warnings) == 1


def test_failing_rows_go_to_quarantine_with_all_their_rules(url: str, deliver: Deliver, check: Check) -> None:
    deliver([*ROWS, "301,soon,f", "302,2001-01-01,f", "302,never,f"])
    validation = check(DATES, IDS, COUNT, share=0.02)
    assert validation.passed
    assert validation.quarantined == 3
    assert [result.quarantined_count for result in validation.results] == [2, 2, 0]
    assert query(url, "select id, hired, _row, _file, _rules from quarantine.officers order by _row") == [
        ("301", "soon", 202, "officers.csv", [DATES["description"]]),
        ("302", "2001-01-01", 203, "officers.csv", [IDS["description"]]),
        ("302", "never", 204, "officers.csv", [DATES["description"], IDS["description"]]),
    ]
    assert query(url, "select count(*), max(_row) from raw.officers") == [(200, 201)]
    assert query(url, "select distinct quarantined_count from monitoring.validation_results order by 1") == [(0,), (2,)]


@pytest.mark.parametrize("share", [0.0, 0.0147])
def test_more_failing_rows_than_allowed_move_nothing(url: str, deliver: Deliver, check: Check, share: float) -> None:
    deliver([*ROWS, "301,soon,f", "302,2001-01-01,f", "302,never,f"])  # each rule alone fails 2 of 203 rows, both 3
    validation = check(DATES, IDS, share=share)
    assert not validation.passed
    assert validation.quarantined == 0
    assert query(url, "select count(*) from raw.officers") == [(203,)]
    assert query(url, "select to_regclass('quarantine.officers')") == [(None,)]


def test_rule_without_quarantine_still_stops_the_line(url: str, deliver: Deliver, check: Check) -> None:
    deliver([*ROWS, "301,soon,f"])
    validation = check(DATES | {"quarantine": False}, share=0.5)
    assert not validation.passed
    assert query(url, "select count(*) from raw.officers") == [(201,)]


def test_unchanged_run_returns_the_last_results_and_moves_nothing_twice(
    url: str, deliver: Deliver, check: Check
) -> None:
    deliver([*ROWS, "301,soon,?"])
    first = check(DATES, CODES, share=0.02)
    again = check(DATES, CODES, share=0.02)
    assert (first.was_run, again.was_run) == (True, False)
    assert (again.run_id, again.results, again.quarantined) == (first.run_id, first.results, 1)
    assert query(url, "select count(*) from monitoring.validation_results") == [(2,)]
    assert query(url, "select count(*) from quarantine.officers") == [(1,)]


def test_no_connection_stays_open(url: str, deliver: Deliver, check: Check) -> None:
    open_ones = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    [(before,)] = query(url, open_ones)
    deliver(ROWS)
    check(DATES)
    assert query(url, open_ones) == [(before,)]


def test_failure_is_not_forgotten_by_a_second_run(deliver: Deliver, check: Check) -> None:
    deliver([*ROWS, "301,soon,f"])
    assert not check(DATES).passed
    again = check(DATES)
    assert (again.was_run, again.passed) == (False, False)


def test_rows_come_back_when_their_rule_goes(url: str, deliver: Deliver, check: Check) -> None:
    deliver([*ROWS, "301,soon,f"])
    assert check(DATES, share=0.02).quarantined == 1
    assert check(COUNT, share=0.02).quarantined == 0
    assert query(url, "select hired, _row, _file from raw.officers where id = '301'") == [("soon", 202, "officers.csv")]
    assert query(url, "select count(*), count(distinct _loaded_at) from raw.officers") == [(201, 1)]


def test_share_that_shrinks_brings_rows_back_and_fails(url: str, deliver: Deliver, check: Check) -> None:
    deliver([*ROWS, "301,soon,f"])
    assert check(DATES, share=0.02).passed
    assert not check(DATES, share=0.001).passed
    assert query(url, "select count(*) from raw.officers") == [(201,)]


def test_quarantine_holds_nothing_of_a_replaced_file(url: str, deliver: Deliver, check: Check) -> None:
    deliver([*ROWS, "301,soon,f"])
    assert check(DATES, share=0.02).quarantined == 1
    deliver([*ROWS, "301,2001-01-01,f"])
    validation = check(DATES, share=0.02)
    assert (validation.was_run, validation.quarantined) == (True, 0)
    assert query(url, "select count(*) from raw.officers") == [(201,)]
    deliver([*ROWS, "401,later,f"])
    assert check(DATES, share=0.02).quarantined == 1
    assert query(url, "select id from quarantine.officers") == [("401",)]
    assert query(url, "select count(*) from monitoring.validation_results") == [(3,)]


def test_run_that_broke_off_after_moving_rows_is_repeated_whole(
    url: str, deliver: Deliver, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver([*ROWS, "301,soon,f"])

    def break_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("eis.validation.record_results", break_off)
        with pytest.raises(KeyboardInterrupt):
            check(DATES, share=0.02)
    assert query(url, "select count(*) from quarantine.officers") == [(1,)]
    assert check(DATES, share=0.02).quarantined == 1
    assert query(url, "select count(*) from raw.officers") == [(200,)]
    assert query(url, "select count(*) from quarantine.officers") == [(1,)]


def test_model_table_is_checked_again_when_rebuilt_or_changed(url: str, check: Check) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create schema core; create table core.officers as select 1 as id, 'f' as sex")
    rules = (COUNT, CODES)
    assert [check(*rules, table="core.officers").was_run for _ in range(2)] == [True, False]
    with psycopg.connect(url) as connection:
        connection.execute("insert into core.officers values (2, 'x')")
    changed = check(*rules, table="core.officers")
    assert (changed.was_run, len(changed.warnings), changed.warnings[0].sample_rows) == (True, 1, [])
    with psycopg.connect(url) as connection:
        connection.execute("drop table core.officers; create table core.officers as select 1 as id, 'f' as sex")
    assert not check(*rules, table="core.officers").warnings


def test_report_shows_rules_and_counts_but_no_value(tmp_path: Path, deliver: Deliver, check: Check) -> None:
    deliver([*ROWS, "301,secretvalue,f"])
    check(DATES, COUNT)
    pages = "".join(path.read_text() for path in (tmp_path / "state/gx/data_docs").rglob("*.html"))
    assert str(DATES["description"]) in pages
    assert "1 unexpected values found" in pages
    for kept in (tmp_path / "state/gx").rglob("*.*"):
        assert not kept.is_file() or b"secretvalue" not in kept.read_bytes()


def test_query_finds_rows_that_no_expectation_describes(tmp_path: Path, deliver: Deliver, check: Check) -> None:
    deliver([*ROWS, "301,2001-02-30,secretvalue"])
    rule = {
        "expectation": "UnexpectedRowsExpectation",
        "description": "Hiring dates are days of the calendar.",
        "severity": "critical",
        "kwargs": {"unexpected_rows_query": "select _row from {batch} where not pg_input_is_valid(hired, 'date')"},
    }
    [failure] = check(rule).critical_failures
    assert failure.observed_value == "1"
    with pytest.raises(EisError, match="select _row from"):
        check(rule | {"kwargs": {"unexpected_rows_query": "select * from {batch}"}})
    assert not any(b"secretvalue" in path.read_bytes() for path in tmp_path.glob("state/**/*.*") if path.is_file())


def test_dates_in_a_suite_are_compared_as_dates(url: str, check: Check) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create schema core; create table core.officers as select date '0201-05-06' as hired_on")
    kwargs = yaml.safe_load("{column: hired_on, min_value: 1930-01-01, max_value: 2100-01-01}")
    rule = CODES | {"expectation": "ExpectColumnValuesToBeBetween", "kwargs": kwargs}
    assert [result.unexpected_count for result in check(rule, table="core.officers").warnings] == [1]


def test_unchanged_run_does_not_import_great_expectations(
    url: str, tmp_path: Path, deliver: Deliver, check: Check
) -> None:
    deliver(ROWS)
    check(COUNT)
    program = f"""
import sys
from pathlib import Path
from eis.validation import parse_suite, validate
[validation] = validate({url!r}, [parse_suite(Path({str(tmp_path / "officers.yml")!r}))], Path({str(tmp_path)!r}))
assert not validation.was_run
assert "great_expectations" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=PROJECT)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        pytest.param({"expectation": "ExpectColumnValuesToBeNise"}, "no such expectation.*ToBe", id="unknown"),
        pytest.param({"expectation": "Window"}, "no such expectation", id="no expectation"),
        pytest.param({"kwargs": {"column": "sex", "value_sett": []}}, "value_sett", id="unknown argument"),
        pytest.param({"kwargs": {"value_set": ["f"]}}, "column", id="missing argument"),
        pytest.param({"kwargs": {"column": "sexx", "value_set": ["f"]}}, "cannot be evaluated.*sexx", id="no column"),
    ],
)
def test_rule_that_great_expectations_refuses_is_named(
    deliver: Deliver, check: Check, rule: dict[str, Any], words: str
) -> None:
    deliver(ROWS)
    with pytest.raises(EisError, match=r"(?s)officers\.yml, rule 2 .*" + words):
        check(COUNT, CODES | rule)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param("table: [", "YAML", id="not YAML"),
        pytest.param("", "YAML", id="empty"),
        pytest.param("- table", "YAML", id="a list"),
        pytest.param({"table": "raw.officers", "rules": []}, "rules", id="no rule"),
        pytest.param({"table": "officers", "rules": [COUNT]}, "table", id="no schema"),
        pytest.param({"table": "raw.arrests", "rules": [COUNT]}, r"arrests\.yml", id="other table's file"),
        pytest.param({"table": "raw.officers", "rules": [COUNT, COUNT]}, "descriptions", id="same description"),
        pytest.param({"table": "raw.officers", "rules": [COUNT | {"severe": 1}]}, r"rules\.0\.severe", id="typo"),
        pytest.param({"table": "raw.officers", "rules": [COUNT | {"severity": "bad"}]}, "severity", id="severity"),
        pytest.param({"table": "raw.officers", "rules": [CODES | {"quarantine": True}]}, "critical", id="quarantine"),
    ],
)
def test_wrong_suite_is_refused_with_its_place(tmp_path: Path, content: Any, words: str) -> None:
    path = tmp_path / "officers.yml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    with pytest.raises(EisError, match=rf"(?s)officers\.yml.*{words}"):
        parse_suite(path)


def test_missing_suite_and_missing_table_are_named(check: Check, tmp_path: Path) -> None:
    with pytest.raises(EisError, match=r"no suite for raw\.arrests"):
        load_suites(tmp_path, ["raw.arrests"])
    with pytest.raises(EisError, match=r"core\.officers, which is not in the warehouse"):
        check(COUNT, table="core.officers")


COMMITTED = sorted((PROJECT / "expectations").glob("*/*.yml"))


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_committed_suites_are_valid(path: Path) -> None:
    from eis.validation import build_expectations

    suite = parse_suite(path)
    assert len(build_expectations(suite)) == len(suite.rules)
    assert (suite.schema_name == "raw") == (path.parent.name != "core")
    assert not re.search(r"\b(TODO|FIXME)\b", path.read_text())
