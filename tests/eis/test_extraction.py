"""Raw files from a department's own database: a PostgreSQL of somebody else's, read for real."""

import csv
import gzip
import json
import traceback
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg import sql
from sqlalchemy import Column, DateTime, MetaData, String, Table, select
from sqlalchemy.dialects import mssql, mysql, oracle

from eis.department import Department, parse_department
from eis.errors import EisError
from eis.extraction import MANIFEST, after, extract_tables, open_database
from eis.ingest import load_raw_tables
from eis.onboarding.adding import add_department
from eis.settings import PROJECT, Settings

NAME = "eis_foreign_records"  # the embedded server lets no other names in over TCP
PASSWORD = "not-in-any-file"  # noqa: S105
TABLES = """
create schema ia;
create table ia."Case Files" (
    case_no text primary key, star integer, closed date, amount numeric(10, 2), is_open boolean, scan bytea,
    complainant_name text, modified_at timestamptz not null
);
create table ia.roster (star integer primary key, hired date);
insert into ia."Case Files"
select
    'C' || n, 100 + n % 5, case when n % 2 = 0 then date '2024-01-01' + n end, n / 4.0, n % 2 = 1, 'x', 'Somebody',
    timestamptz '2024-01-01 00:00+00' + n * interval '1 hour'
from generate_series(1, 20) as n;
insert into ia.roster select 100 + n, date '2010-03-04' + n from generate_series(0, 4) as n;
"""


@pytest.fixture(scope="module")
def records(server_url: str) -> str:
    """A database of another department's on the same server, and a login that may read it and needs a password."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(NAME)))
        connection.execute(sql.SQL("create role eis_reader login password {}").format(sql.Literal(PASSWORD)))
    return server_url


@pytest.fixture
def database(records: str) -> str:
    """Its tables, as they were."""
    change(records, "drop schema if exists ia cascade")
    change(records, TABLES)
    change(records, "grant usage on schema ia to eis_reader; grant select on all tables in schema ia to eis_reader")
    return records


@pytest.fixture
def url(database: str) -> str:
    """The foreign database's URL, over TCP, where a password is asked for."""
    with psycopg.connect(database) as connection:
        port = connection.execute("show port").fetchone()
    assert port is not None
    return f"postgresql://eis_reader@127.0.0.1:{port[0]}/{NAME}"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(raw_path=tmp_path / "raw", source_password=PASSWORD, database_url=None)


@pytest.fixture
def department(url: str, tmp_path: Path) -> Department:
    choices = yaml.safe_load((PROJECT / "departments" / "county" / "department.yml").read_text(encoding="utf-8"))
    choices["source"] = {"url": url}
    choices["raw_tables"] = {
        "cases": {
            "file": "cases.csv.gz",
            "columns": ["case_no", "star", "closed", "amount", "is_open", "modified_at"],
            "extract": {"table": "ia.Case Files", "key": ["case_no"], "cursor": "modified_at"},
        },
        "roster": {
            "file": "roster.csv",
            "columns": ["star", "hired"],
            "extract": {"table": "ia.roster", "key": ["star"]},
        },
    }
    path = tmp_path / "department.yml"
    path.write_text(yaml.safe_dump(choices), encoding="utf-8")
    return parse_department(path)


def change(database: str, statement: str) -> None:
    with psycopg.connect(database, dbname=NAME, options="-c lock_timeout=5s") as foreign:  # nothing is left open
        foreign.execute(statement)


def read(settings: Settings, name: str = "cases.csv.gz") -> list[dict[str, str]]:
    path = settings.raw_files / name
    with gzip.open(path, "rt", encoding="utf-8") if name.endswith(".gz") else path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def change_table(department: Department, name: str, **changed: Any) -> Department:
    table = department.raw_tables[name]
    assert table.extract is not None
    extract = table.extract.model_copy(update=changed)
    tables = department.raw_tables | {name: table.model_copy(update={"extract": extract})}
    return department.model_copy(update={"raw_tables": tables})


def test_files_hold_what_the_tables_hold_and_load_like_any_other(
    department: Department, settings: Settings, database: str, server_url: str
) -> None:
    done = extract_tables(settings, department)
    assert {name: (entry.rows, entry.rows_read) for name, entry in done.items()} == {
        "cases": (20, 20),
        "roster": (5, 5),
    }
    first, second = (row for row in read(settings) if row["case_no"] in ("C1", "C2"))
    assert first | {"modified_at": ""} == {
        "case_no": "C1", "star": "101", "closed": "", "amount": "0.25", "is_open": "true", "modified_at": "",
    }  # fmt: skip
    assert second["closed"] == "2024-01-03"
    with psycopg.connect(server_url) as connection:
        connection.execute("drop schema if exists raw cascade")
    assert [load.rows for load in load_raw_tables(server_url, department, settings.raw_files)] == [20, 5]


def test_only_what_changed_is_read_and_the_file_is_as_if_everything_had_been(
    department: Department, settings: Settings, database: str
) -> None:
    extract_tables(settings, department)
    change(
        database,
        """update ia."Case Files" set closed = '2025-01-05', modified_at = '2025-01-06' where case_no = 'C7'""",
    )
    change(database, """insert into ia."Case Files" values ('C21', 3, null, 1, true, null, null, '2025-01-07')""")
    done = extract_tables(settings, department)
    # The two, and again the last row that was seen: others of its moment may have come since.
    assert (done["cases"].rows_read, done["cases"].rows) == (3, 21)
    incremental = read(settings)
    assert extract_tables(settings, department, is_full=True)["cases"].rows_read == 21
    by_case = {row["case_no"]: row for row in incremental}
    assert by_case == {row["case_no"]: row for row in read(settings)}
    assert by_case["C7"]["closed"] == "2025-01-05"


def test_nothing_new_gives_the_same_bytes(department: Department, settings: Settings) -> None:
    first = extract_tables(settings, department)
    again = extract_tables(settings, department)
    assert {name: entry.sha256 for name, entry in again.items()} == {n: entry.sha256 for n, entry in first.items()}
    assert again["cases"].rows_read == 1


def test_late_commits_are_read_within_the_lag(department: Department, settings: Settings, database: str) -> None:
    lagging = change_table(department, "cases", lag_days=1)
    extract_tables(settings, lagging)
    change(
        database, """insert into ia."Case Files" values ('LATE', 3, null, 1, true, null, null, '2024-01-01 12:30+00')"""
    )
    assert extract_tables(settings, lagging)["cases"].rows == 21


def test_rows_deleted_there_go_with_a_full_extraction(
    department: Department, settings: Settings, database: str
) -> None:
    extract_tables(settings, department)
    change(database, """delete from ia."Case Files" where case_no = 'C3'""")
    assert extract_tables(settings, department)["cases"].rows == 20
    assert extract_tables(settings, department, is_full=True)["cases"].rows == 19


@pytest.mark.parametrize("spoil", ["change the question", "lose the file", "touch the file"])
def test_everything_is_read_again_when_the_file_is_not_what_was_left(
    department: Department, settings: Settings, spoil: str
) -> None:
    extract_tables(settings, department)
    path = settings.raw_files / "cases.csv.gz"
    if spoil == "lose the file":
        path.unlink()
    elif spoil == "touch the file":
        path.write_bytes(gzip.compress(b"case_no\nC1\n"))
    else:
        department = change_table(department, "cases", lag_days=2)
    assert extract_tables(settings, department)["cases"].rows_read == 20


def test_a_failed_extraction_leaves_the_last_file(department: Department, settings: Settings, database: str) -> None:
    extract_tables(settings, department)
    before = (settings.raw_files / "cases.csv.gz").read_bytes()
    change(database, "revoke select on all tables in schema ia from eis_reader")
    with pytest.raises(EisError, match="permission denied"):
        extract_tables(settings, department)
    assert (settings.raw_files / "cases.csv.gz").read_bytes() == before


def test_the_password_is_in_no_file_and_no_message(
    department: Department, settings: Settings, url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    extract_tables(settings, department)
    assert all(PASSWORD.encode() not in path.read_bytes() for path in settings.raw_files.iterdir())
    manifest = json.loads((settings.raw_files / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["source"] == url
    wrong = settings.model_copy(update={"source_password": None})
    with pytest.raises(EisError, match="EIS_SOURCE_PASSWORD") as refused:
        extract_tables(wrong, department)
    with (
        pytest.raises(EisError, match="has a password in it") as told,
        open_database(url.replace("@", f":{PASSWORD}@"), settings),
    ):
        pass
    assert PASSWORD not in f"{refused.value} {told.value} {capfd.readouterr()}"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"table": "ia.cases"}, "there is no table or view ia.cases"),
        ({"cursor": "modified"}, "there is no column 'modified': similar there: 'modified_at'"),
        ({"cursor": "is_open"}, "a cursor is a day, a moment or a number"),
        ({"key": ["star"]}, "key star does not tell rows apart"),
    ],
)
def test_a_wrong_question_is_named(
    department: Department, settings: Settings, changed: dict[str, Any], words: str
) -> None:
    with pytest.raises(EisError) as error:
        extract_tables(settings, change_table(department, "cases", **changed))
    assert words in str(error.value)
    assert not (settings.raw_files / "cases.csv.gz").exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nosuch://reader@host/records", "not the URL of a database"),
        ("postgresql://reader@127.0.0.1:1/records", "Mend the URL"),
        ("mssql://reader@host/records?odbc_connect=PWD%3Dhunter2", "has a password in it"),
        ("postgresql://reader:hunter2@host:54x/records", "not the URL of a database"),
        ("postgres//reader:hunter2@host/records", "not the URL of a database"),
    ],
)
def test_a_wrong_url_is_named(settings: Settings, url: str, words: str) -> None:
    with pytest.raises(EisError, match=words) as error, open_database(url, settings):
        pass
    assert "hunter2" not in "".join(traceback.format_exception(error.value))


def test_a_department_is_drafted_from_a_database(settings: Settings, url: str, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    lines = (PROJECT / "dbt_project.yml").read_text(encoding="utf-8").splitlines(keepends=True)
    (project / "dbt_project.yml").write_text("".join(lines), encoding="utf-8")
    added = add_department("foreign", url, settings, schema="ia", project=project)
    assert {table.name: (table.rows, table.key) for table in added.tables} == {
        "case_files": (20, ("case_no",)),
        "roster": (5, ("star",)),
    }
    text = (project / "departments/foreign/department.yml").read_text(encoding="utf-8")
    drafted = yaml.safe_load(text)
    assert drafted["source"] == {"url": url}
    assert drafted["raw_tables"]["case_files"]["extract"] == {"table": "ia.Case Files", "key": ["case_no"]}
    assert "cursor: modified_at" in text
    assert "scan" not in text
    assert "complainant_name" not in drafted["raw_tables"]["case_files"]["columns"]
    with pytest.raises(
        EisError, match=r"no table or view in schema nowhere\. Name one that has some with --schema: ia\.$"
    ):
        add_department("other", url, settings, schema="nowhere", project=project)


@pytest.mark.parametrize("dialect", [mssql.dialect(), mysql.dialect(), oracle.dialect()], ids=lambda each: each.name)
def test_other_databases_are_asked_in_their_own_sql(dialect: Any) -> None:
    cases = Table("Case Files", MetaData(), Column("Case No", String(20)), Column("modified_at", DateTime), schema="ia")
    query = select(cases.c["Case No"]).where(after(cases.c.modified_at, "2024-01-01 00:00:00", 1)).limit(3)
    asked = str(query.compile(dialect=dialect))
    quote = {"mssql": "[Case No]", "mysql": "`Case No`", "oracle": '"Case No"'}[dialect.name]
    assert quote in asked
    assert "modified_at" in asked
