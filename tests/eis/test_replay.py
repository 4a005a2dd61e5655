"""The replayed year: files as they stood, a story that can be played, people who act as themselves, a table at the end.

The year itself takes some twenty minutes: `make replay`.
"""

import csv
import datetime as dt
import gzip
from pathlib import Path

import psycopg
import pytest

from eis.demo import generate
from eis.demo.configuration import configure
from eis.department import Department, load_department
from eis.errors import EisError
from eis.governance.policy import load_policy
from eis.ingest import load_raw_table
from eis.postgres import EmbeddedServer
from eis.replay import record
from eis.replay.deliveries import cut_file, deliver, keep_history
from eis.replay.play import make_stage, set_month
from eis.replay.story import DEPARTMENT, NO_AUGUST, PEOPLE, POLICY, WEB_FORM, YEAR
from eis.settings import PROJECT, Settings

CUT = (PROJECT / "departments" / "demo" / "as_it_stood.sql").read_text(encoding="utf-8")
END = dt.date(2025, 9, 1)


@pytest.fixture(scope="module")
def department(tmp_path_factory: pytest.TempPathFactory) -> Department:
    folder = configure(tmp_path_factory.mktemp("replay"), DEPARTMENT, POLICY)
    return load_department(Settings(department="demo", configuration=folder))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small history that ends with August 2025."""
    folder = tmp_path_factory.mktemp("history") / "raw"
    generate(folder, officers=60, years=2, until=END)
    return folder


@pytest.fixture(scope="module")
def history(server_url: str, server_home: Path, files: Path, department: Department) -> str:
    """URL of a database with that history."""
    server = EmbeddedServer(server_home / "postgres")
    server.ensure_database("eis_history")
    keep_history(server.url("eis_history"), department, files)
    return server.url("eis_history")


def read(path: Path) -> list[dict[str, str]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(content.decode().splitlines()))


class TestDeliveries:
    def test_on_the_last_day_every_file_is_what_was_loaded(
        self, history: str, department: Department, files: Path, tmp_path: Path
    ) -> None:
        deliver(history, department, CUT, END, "", tmp_path)
        for table in department.raw_tables.values():
            whole = [{name: row[name] for name in table.columns} for row in read(files / table.file)]
            assert read(tmp_path / table.file) == whole

    def test_an_earlier_month_knows_less_and_the_same_day_gives_the_same_bytes(
        self, history: str, department: Department, tmp_path: Path
    ) -> None:
        for folder in ("once", "twice"):
            deliver(history, department, CUT, dt.date(2025, 3, 1), "", tmp_path / folder)
        for path in (tmp_path / "once").iterdir():
            assert path.read_bytes() == (tmp_path / "twice" / path.name).read_bytes()
        posted = {row["POSTED"] for row in read(tmp_path / "once" / "payroll_shifts.csv.gz")}
        assert "20250201" < max(posted) < "20250301"
        added = {row["Added Date"] for row in read(tmp_path / "once" / "ia_allegations.csv")}  # written 12/31/2025
        assert "2025-01" <= max(f"{day[6:]}-{day[:2]}" for day in added) < "2025-03"

    def test_what_a_source_does_wrong_is_in_its_file_and_not_in_the_history(
        self, history: str, department: Department, tmp_path: Path
    ) -> None:
        for name, spoils in {"good": "", "form": WEB_FORM, "payroll": NO_AUGUST}.items():
            deliver(history, department, CUT, END, spoils, tmp_path / name)
        count = {
            (name, file): len(read(tmp_path / name / file))
            for name in ("good", "form", "payroll")
            for file in ("ia_complaints.csv", "ia_allegations.csv", "payroll_shifts.csv.gz")
        }
        added = count["form", "ia_allegations.csv"] - count["good", "ia_allegations.csv"]
        assert added == count["form", "ia_complaints.csv"] - count["good", "ia_complaints.csv"] >= 30
        assert count["payroll", "payroll_shifts.csv.gz"] < count["good", "payroll_shifts.csv.gz"]
        with psycopg.connect(history) as connection:
            loaded = connection.execute("select count(*) from raw.ia_allegations").fetchone()
        assert loaded == (count["good", "ia_allegations.csv"],)

    def test_a_cut_file_is_refused_by_the_loader(
        self, history: str, department: Department, files: Path, tmp_path: Path
    ) -> None:
        path = tmp_path / "ia_allegations.csv"
        path.write_bytes((files / path.name).read_bytes())
        cut_file(path)
        with pytest.raises(EisError, match=r"ia_allegations\.csv, line \d+.* cut in the middle"):
            load_raw_table(history, "ia_allegations", department.raw_tables["ia_allegations"], tmp_path)


class TestStory:
    def test_it_is_twelve_months_one_after_the_other(self) -> None:
        assert [month.as_of for month in YEAR] == [dt.date(2025, n, 1) for n in range(1, 13)]

    def test_its_settings_are_valid_in_every_month(self, tmp_path: Path) -> None:
        stage = make_stage(tmp_path)
        for month in YEAR:
            set_month(stage, month.as_of)
            policy, settings = load_policy(stage.settings), Settings(configuration=stage.configuration)
            assert load_department(settings).calendar.last_as_of == month.as_of
            assert policy.approval == "manual"
        for act in [act for month in YEAR for act in (*month.before, *month.after)]:
            assert PEOPLE[act.who] in policy.powers.approve


def test_the_table_tells_of_every_month() -> None:
    day, until = dt.date(2025, 5, 1), dt.date(2025, 5, 16)
    told = record.tell(
        [
            record.MonthResult(day, "A flood.", "refused (drift)", dt.date(2025, 4, 1), 15, until, 2, 60),
            record.MonthResult(dt.date(2025, 6, 1), "Still in.", "refused (drift)", None, None, None, 3, 60),
        ]
    )
    assert told.splitlines()[2:] == [
        "| 2025-05 | A flood. | refused (drift) | 15 officers, of April | 2025-05-16 | 2 |",
        "| 2025-06 | Still in. | refused (drift) | none |  | 3 |",
    ]
