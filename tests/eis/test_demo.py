"""The demo department's files: the same for the same seed, complete on the day of the export, as dirty as promised."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from eis.demo import MANIFEST, generate
from eis.demo.exports import DIRT
from eis.department import parse_department
from eis.errors import EisError
from eis.settings import PROJECT

OFFICERS, YEARS, UNTIL = 120, 3, dt.date(2024, 7, 1)
START = pd.Timestamp(2021, 7, 1)

ISO, COMPACT, AMERICAN, ORACLE, SLASHES = "%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%d-%b-%Y", "%Y/%m/%d"
STYLE = {"payroll": COMPACT, "ia": AMERICAN, "fleet": ORACLE, "legal": ORACLE, "legacy": SLASHES}

# File -> column with the day of the entry, of the event, and of the decision; what was decided is blank until then.
ENTERED = {
    "hr_training": "recorded_on",
    "hr_commendations": "entered_on",
    "hr_injuries": "filed_on",
    "payroll_shifts": "POSTED",
    "payroll_secondary_employment": "POSTED",
    "cad_dispatches": "Archived On",
    "rms_arrests": "Entered On",
    "rms_stops": "Entered On",
    "rms_force_reports": "Submitted On",
    "ia_complaints": "Entered Date",
    "ia_allegations": "Added Date",
    "fleet_incidents": "REPORTED_DATE",
    "legal_claims": "Opened In System",
    "legal_criminal_matters": "Opened In System",
    "legacy_eis_alerts": "created",
    "eis_interventions": "entered_on",
}
HAPPENED = {
    "hr_training": "completed_date",
    "hr_commendations": "award_date",
    "hr_injuries": "injury_date",
    "payroll_shifts": "WORK_DATE",
    "payroll_secondary_employment": "WORK_DATE",
    "cad_dispatches": "Dispatched At",
    "rms_arrests": "Arrested At",
    "rms_stops": "Stopped At",
    "rms_force_reports": "Occurred At",
    "ia_complaints": "Received Date",
    "fleet_incidents": "INCIDENT_DATE",
    "legal_claims": "Filed",
    "legal_criminal_matters": "Filed",
    "legacy_eis_alerts": "raised",
    "eis_interventions": "started_on",
}
DECIDED = {
    "rms_force_reports": ("Review Date", ["Review Finding"]),
    "ia_allegations": ("Finding Date", ["Finding", "Discipline"]),
    "fleet_incidents": ("BOARD_DATE", ["BOARD_RESULT"]),
    "hr_injuries": ("return_date", ["days_lost"]),
    "legal_claims": ("Closed", ["Result", "Amount Paid"]),
    "legal_criminal_matters": ("Closed", ["Result"]),
    "legacy_eis_alerts": ("disposed", ["disposition"]),
    "eis_interventions": ("ended_on", ["outcome"]),
}
# Column that names the officer, and how it writes the number that HR knows.
OFFICER = {
    "hr_assignments": ("employee_no", str),
    "hr_ranks": ("employee_no", str),
    "hr_training": ("employee_no", str),
    "hr_injuries": ("employee_no", str),
    "payroll_shifts": ("EMPL_ID", lambda text: text.lstrip("0")),
    "cad_dispatches": ("Badge", str),
    "rms_arrests": ("Officer Badge", str),
    "rms_stops": ("Officer Badge", str),
    "rms_force_reports": ("Officer Badge", str),
    "ia_allegations": ("Employee", lambda text: text.removeprefix("E")),
    "fleet_incidents": ("EMPLOYEE_NO", str),
    "legacy_eis_alerts": ("emp", lambda text: text.lstrip("0")),
    "eis_interventions": ("employee_no", str),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "raw"
    generate(folder, OFFICERS, YEARS, seed=1, until=UNTIL)
    return folder


@pytest.fixture(scope="module")
def files(folder: Path) -> dict[str, pd.DataFrame]:
    return {path.name.split(".")[0]: pd.read_csv(path, dtype=str) for path in folder.glob("*.csv*")}


def read_days(name: str, values: pd.Series) -> pd.Series:
    """Days of a file's column; unreadable ones and the placeholder of 1900 are missing."""
    text = values.str.slice(0, 10) if values.str.contains(":").any() else values
    days = pd.to_datetime(text, format=STYLE.get(name.split("_")[0], ISO), errors="coerce")
    return days.where(days != pd.Timestamp(1900, 1, 1))


class TestGenerate:
    def test_same_seed_gives_the_same_bytes(self, folder: Path, tmp_path: Path) -> None:
        generate(tmp_path / "again", OFFICERS, YEARS, seed=1, until=UNTIL)
        names = {path.name for path in folder.iterdir()}
        assert names == {path.name for path in (tmp_path / "again").iterdir()}
        assert [n for n in names if (folder / n).read_bytes() != (tmp_path / "again" / n).read_bytes()] == []

    def test_other_seed_gives_other_events(self, folder: Path, tmp_path: Path) -> None:
        generate(tmp_path / "other", OFFICERS, YEARS, seed=2, until=UNTIL)
        same = [p.name for p in folder.glob("*.csv*") if p.read_bytes() == (tmp_path / "other" / p.name).read_bytes()]
        assert same == []

    def test_leaves_alone_what_is_there_already(self, folder: Path) -> None:
        before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
        rows = generate(folder, OFFICERS, YEARS, seed=1, until=UNTIL)
        assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
        assert rows == json.loads((folder / MANIFEST).read_text())["rows"]

    def test_replaces_a_department_of_another_size(self, tmp_path: Path) -> None:
        generate(tmp_path / "raw", 30, 1, until=UNTIL)
        before = generate(tmp_path / "raw", 60, 1, until=UNTIL)["payroll_shifts"]
        assert generate(tmp_path / "raw", 30, 1, until=UNTIL)["payroll_shifts"] < before
        assert [path.name for path in tmp_path.iterdir()] == ["raw"]

    def test_refuses_a_folder_that_is_not_its_own(self, tmp_path: Path) -> None:
        (tmp_path / "letter.txt").write_text("keep me")
        with pytest.raises(EisError, match="did not make"):
            generate(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]

    def test_refuses_a_department_that_is_too_small(self, tmp_path: Path) -> None:
        with pytest.raises(EisError, match="at least 20 officers"):
            generate(tmp_path / "raw", officers=3)

    def test_small_department_has_every_file(self, tmp_path: Path) -> None:
        rows = generate(tmp_path / "raw", officers=50, years=2)
        assert set(rows) == set(DIRT)
        assert rows["payroll_shifts"] > 5_000

    def test_writes_what_the_department_declares(self, folder: Path, files: dict[str, pd.DataFrame]) -> None:
        declared = parse_department(PROJECT / "departments" / "demo" / "department.yml").raw_tables
        assert {name: table.columns for name, table in declared.items()} == {n: list(f) for n, f in files.items()}
        assert all((folder / table.file).exists() for table in declared.values())

    def test_memory_does_not_grow_with_the_department(self, tmp_path: Path) -> None:
        script = (
            "import resource, sys; from pathlib import Path; from eis.demo import generate;"
            "generate(Path(sys.argv[1]), int(sys.argv[2]), 1);"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )

        def peak(officers: int) -> int:
            command = [sys.executable, "-c", script, str(tmp_path / str(officers)), str(officers)]
            return int(subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout)

        assert peak(4_000) < 1.3 * peak(1_000)


class TestContents:
    def test_nothing_is_entered_or_decided_after_the_export(self, files: dict[str, pd.DataFrame]) -> None:
        dated = [*ENTERED.items(), *((name, column) for name, (column, _) in DECIDED.items())]
        for name, column in dated:
            assert read_days(name, files[name][column]).max() < pd.Timestamp(UNTIL), (name, column)
        assert read_days("hr", files["hr_assignments"]["entered_on"]).max() < pd.Timestamp(UNTIL)
        assert read_days("rms", files["rms_arrest_dispositions"]["Disposition Date"]).max() < pd.Timestamp(UNTIL)

    def test_events_fill_the_years(self, files: dict[str, pd.DataFrame]) -> None:
        for name in ("payroll_shifts", "cad_dispatches", "rms_stops", "rms_arrests", "ia_complaints"):
            months = read_days(name, files[name][HAPPENED[name]]).dropna().dt.to_period("M")
            assert months.min() == START.to_period("M"), name
            assert months.nunique() == 12 * YEARS, name

    @pytest.mark.parametrize("name", HAPPENED)
    def test_entered_on_the_day_or_after(self, files: dict[str, pd.DataFrame], name: str) -> None:
        happened, entered = (read_days(name, files[name][column[name]]) for column in (HAPPENED, ENTERED))
        assert entered.notna().all()
        assert (entered >= happened)[happened.notna()].all()

    @pytest.mark.parametrize("name", DECIDED)
    def test_decided_after_the_entry_and_only_then_filled(self, files: dict[str, pd.DataFrame], name: str) -> None:
        column, consequences = DECIDED[name]
        file = files[name]
        is_open = file[column].isna()
        assert file.loc[is_open, consequences].isna().all(axis=None)
        late = (read_days(name, file[column]) >= read_days(name, file[ENTERED[name]]))[~is_open]
        # A few returns lie before their injury: that dirt is promised.
        assert late.mean() > (0.99 if name == "hr_injuries" else 0.9999999)

    def test_some_cases_are_open_and_older_ones_decided(self, files: dict[str, pd.DataFrame]) -> None:
        allegations = files["ia_allegations"]
        age = (pd.Timestamp(UNTIL) - read_days("ia", allegations["Added Date"])).dt.days
        is_open = allegations["Finding Date"].isna()
        assert is_open[age < 60].mean() > 0.5
        assert is_open[age > 700].mean() < 0.1

    @pytest.mark.parametrize("name", OFFICER)
    def test_officers_are_known_but_for_the_promised_dirt(self, files: dict[str, pd.DataFrame], name: str) -> None:
        column, read = OFFICER[name]
        key = "badge_no" if "adge" in column else "employee_no"
        named = files[name][column].map(read)
        unknown = ~named.isin(files["hr_employees"][key])
        assert unknown.mean() <= 0.005
        assert set(files[name].loc[unknown, column]) <= {"0"}

    def test_events_fall_into_service(self, files: dict[str, pd.DataFrame]) -> None:
        shifts, employees = files["payroll_shifts"], files["hr_employees"].drop_duplicates()
        serving = shifts.assign(employee_no=shifts["EMPL_ID"].str.lstrip("0")).merge(employees, on="employee_no")
        day = read_days("payroll", serving["WORK_DATE"])
        last = read_days("hr", serving["last_day"]).fillna(pd.Timestamp(UNTIL))
        assert (day.isna() | day.between(read_days("hr", serving["hire_date"]), last)).all()

    def test_headcount_is_stable(self, files: dict[str, pd.DataFrame]) -> None:
        employees = files["hr_employees"].drop_duplicates()
        employees = employees[(employees["status"] == "ACTIVE") | employees["last_day"].notna()]
        hired, last = read_days("hr", employees["hire_date"]), read_days("hr", employees["last_day"])
        for day in pd.date_range(START, UNTIL, freq="6MS"):
            serving = ((hired <= day) & (last.isna() | (last >= day))).sum()
            assert 0.93 * OFFICERS <= serving <= OFFICERS, day

    def test_assignments_follow_each_other(self, files: dict[str, pd.DataFrame]) -> None:
        orders = files["hr_assignments"].drop_duplicates()
        orders = orders[orders["end_date"].isna() | (orders["end_date"] >= orders["start_date"])]
        orders = orders.sort_values(["employee_no", "start_date"])
        begins, ends = read_days("hr", orders["start_date"]), read_days("hr", orders["end_date"])
        before = orders["employee_no"] == orders["employee_no"].shift()
        assert (begins == ends.shift() + pd.Timedelta(days=1))[before].all()


class TestDirt:
    def test_rows_are_repeated(self, files: dict[str, pd.DataFrame]) -> None:
        for name in ("payroll_shifts", "cad_dispatches", "rms_stops"):
            assert 0.0005 < files[name].duplicated().mean() < 0.005, name

    def test_days_are_impossible_or_placeholders(self, files: dict[str, pd.DataFrame]) -> None:
        assert {"20310230", "19000101"} <= set(files["payroll_shifts"]["WORK_DATE"])
        bad = read_days("cad", files["cad_dispatches"]["Dispatched At"]).isna().mean()
        assert 0.0001 < bad < 0.005

    def test_codes_are_odd(self, files: dict[str, pd.DataFrame]) -> None:
        codes = set(files["payroll_shifts"]["PAY_CODE"])
        assert {"REG", " reg ", "??"} <= codes

    def test_officers_are_unknown(self, files: dict[str, pd.DataFrame]) -> None:
        assert (files["payroll_shifts"]["EMPL_ID"] == "0").sum() > 0
        assert (files["cad_dispatches"]["Badge"] == "0").sum() > 0

    def test_ends_lie_before_beginnings(self, files: dict[str, pd.DataFrame]) -> None:
        calls, orders = files["cad_dispatches"], files["hr_assignments"]
        assert (calls["Cleared At"] < calls["Dispatched At"]).sum() > 0
        assert (orders["end_date"] < orders["start_date"]).sum() > 0

    def test_rows_arrive_late(self, files: dict[str, pd.DataFrame]) -> None:
        calls = files["cad_dispatches"]
        delay = read_days("cad", calls["Archived On"]) - read_days("cad", calls["Dispatched At"])
        assert 0 < (delay > pd.Timedelta(days=25)).mean() < 0.01
