"""Adding a department: what is seen in raw files, what is drafted of it, and what a gap costs."""

import gzip
import importlib.util
import re
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from typer.testing import CliRunner

from eis.cli import commands
from eis.department import CORE_TABLES, find_gaps, parse_department
from eis.errors import EisError
from eis.governance.policy import parse_policy
from eis.ingest import find_columns, read_header
from eis.onboarding import model_drafts
from eis.onboarding.adding import add_department, add_stub
from eis.onboarding.checking import check_department
from eis.onboarding.drafts import HINTS
from eis.onboarding.profiles import find_sources, profile_column, profile_tables
from eis.settings import PROJECT, Settings
from eis.validation import load_suites

COUNTY = PROJECT / "departments" / "county"
SETTINGS = Settings(database_url=None)


@pytest.fixture(scope="session")
def county_maker() -> ModuleType:
    """The script that makes the county's files."""
    spec = importlib.util.spec_from_file_location("make_files", COUNTY / "make_files.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def county_files(county_maker: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("county")
    county_maker.main(folder)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """As much of a project as drafts are written to."""
    folder = tmp_path / "project"
    folder.mkdir()
    lines = (PROJECT / "dbt_project.yml").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "dbt_project.yml").write_text("".join(line for line in lines if "'county'" not in line), encoding="utf-8")
    return folder


@pytest.fixture
def drafted(project: Path, county_files: Path) -> Path:
    add_department("county", str(county_files), SETTINGS, project=project)
    return project


def profile(*values: str) -> tuple[str, int]:
    column = profile_column("Column", "column", len(values), Counter(values))
    return column.kind.name, column.odd


class TestKinds:
    @pytest.mark.parametrize(
        ("values", "kind"),
        [
            (["2025-12-31", "2024-02-01"], "iso_day"),
            (["20251231", "20240201"], "compact_day"),
            (["12/31/2025", "1/2/2024"], "month_first_day"),
            (["31.12.2025", "01.02.2024"], "day_first_day"),
            (["03/04/2025", "01/02/2024"], "either_day"),
            (["12/31/2025 11:05 PM", "1/2/2024 4:00 AM"], "month_first_moment"),
            (["2025-12-31T23:59:00", "2024-02-01 04:00"], "iso_moment"),
            (["2025-12-31 23:59:00+01:00", "2024-02-01T04:00Z"], "zoned"),
            (["31-Dec-2025", "01-FEB-2024"], "named_day"),
            (["31-Dez-2025", "01-Okt-2024"], "text"),
            (["2025-13-31", "2024-14-01"], "text"),
            (["17", "-4"], "integer"),
            (["00123", "04567"], "text"),
            (["17.5", "4"], "number"),
            (["17,5", "4"], "comma_number"),
            (["17,500", "4,000"], "text"),
            (["Y", "n", "N"], "flag"),
            (["Ash, A.", "Bell, B."], "people"),
            ([""], "empty"),
            (["sustained", "unfounded"] * 5, "code"),
        ],
    )
    def test_values_are_recognised(self, values: list[str], kind: str) -> None:
        assert profile(*values)[0] == kind

    def test_a_few_strange_values_do_not_hide_the_kind_and_are_counted(self) -> None:
        days = [f"2025-01-{day:02d}" for day in range(1, 29)] * 5
        assert profile(*days, "unknown", "2025-02-99") == ("iso_day", 2)

    def test_ranges_leave_out_what_tells_of_one_person(self) -> None:
        salaries = [str(50_000 + i) for i in range(200)] + ["9999999"]
        column = profile_column("Salary", "salary", 201, Counter(salaries))
        assert (column.low, column.high) == ("50002", "50198")


class TestProfiles:
    def test_the_county_is_seen_as_it_is(self, county_files: Path) -> None:
        tables = {table.name: table for table in profile_tables(find_sources(county_files))}
        entries = tables["professional_standards_entries"]
        assert entries.key == ("Entry #",)
        assert entries.repeated > 0
        assert tables["postings"].key == ("Star", "From")
        assert {column.header for column in entries.columns if column.is_left_out} == {"Narrative"}
        assert [column.header for column in entries.dated] == ["Occurred", "Date Entered", "Disposition Date"]

    def test_a_large_table_is_looked_at_in_part_and_says_so(self, tmp_path: Path) -> None:
        from eis.onboarding.profiles import profile_table

        (tmp_path / "large.csv").write_text("id\n" + "\n".join(map(str, range(50))), encoding="utf-8")
        [source] = find_sources(tmp_path)
        table = profile_table(source, limit=10)
        assert (table.rows, table.is_cut) == (10, True)

    @pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
    def test_what_stands_between_fields_is_found(self, tmp_path: Path, separator: str) -> None:
        header, row = ['"id, or; none"', "day"], ["1", "2020-01-01"]
        lines = "\n".join(separator.join(fields) for fields in (header, row))
        (tmp_path / "a.csv.gz").write_bytes(gzip.compress(lines.encode()))
        [source] = find_sources(tmp_path)
        assert (source.separator, source.headers) == (separator, ["id, or; none", "day"])


@pytest.fixture
def exported(project: Path, tmp_path: Path) -> Path:
    """Drafts of what a spreadsheet of another country writes: semicolons, accents, 13.01.2020 and 7,5."""
    raw = tmp_path / "raw"
    raw.mkdir()
    people = "".join(f"{n};{n % 28 + 1:02d}.01.2001\n" for n in range(100, 140))
    (raw / "Officers.csv").write_text("Nr.;Date of Hire\n" + people, encoding="utf-8-sig")
    kinds = ("Overtime", "Complaint", "Promotion")
    rows = "".join(f"{n};{100 + n % 40};{kinds[n % 3]};{n % 28 + 1:02d}.02.2020;{n % 9},5\n" for n in range(90))
    (raw / "Vorgänge.csv").write_text("Lfd. Nr.;Officer;Art;Erfaßt;Überstunden\n" + rows, encoding="utf-8-sig")
    add_department("abroad", str(raw), SETTINGS, project=project)
    return project


class TestDraftsOfASpreadsheetsExport:
    def test_its_spelling_is_read(self, exported: Path) -> None:
        tables = yaml.safe_load((exported / "departments/abroad/department.yml").read_text())["raw_tables"]
        assert {name: table["separator"] for name, table in tables.items()} == {"officers": ";", "vorgange": ";"}
        staged = (exported / "models/staging/abroad/stg_abroad__vorgange.sql").read_text()
        assert "try_cast(decimal_comma('uberstunden'), 'numeric')" in staged
        assert "try_cast(day_first('erfasst'), 'date')" in staged

    def test_codes_that_name_several_core_tables_are_kinds_of_entry(self, exported: Path) -> None:
        mapped = {path.stem.split("__")[1] for path in (exported / "models/staging/abroad").glob("int_*.sql")}
        assert mapped == {"officers", "assignments", "ranks", "shifts", "complaints"}

    def test_a_table_that_holds_events_too_says_when_they_begin(self, exported: Path) -> None:
        calendar = yaml.safe_load((exported / "departments/abroad/department.yml").read_text())["calendar"]
        assert calendar["first_as_of"].endswith("which is 2020-02")


class TestDrafts:
    def test_drafts_say_what_was_seen(self, drafted: Path) -> None:
        staged = (drafted / "models/staging/county/stg_county__professional_standards_entries.sql").read_text()
        assert "select distinct on (entry)" in staged
        assert "try_cast(month_first('date_entered'), 'date')" in staged
        assert "deputy_2 seems to be the officer's star, with other letters" in staged
        mapped = {path.stem.split("__")[1] for path in (drafted / "models/staging/county").glob("int_*.sql")}
        assert {
            "officers",
            "assignments",
            "complaints",
            "uses_of_force",
            "vehicle_incidents",
            "commendations",
        } == mapped

    def test_no_draft_holds_a_name_a_text_or_an_identifier(self, drafted: Path, county_files: Path) -> None:
        written = "\n".join(p.read_text() for p in drafted.rglob("*") if p.is_file() and p.name != "dbt_project.yml")
        roster = (county_files / "Roster.csv").read_text().splitlines()[1:]
        for row in roster:
            star, last_name = row.split(",")[0], row.split('"')[1]
            assert last_name not in written
            assert not re.search(rf"\b{star}\b", written), star
        assert "Free text" not in written

    def test_every_decision_is_a_gap_with_which_nothing_runs(self, drafted: Path) -> None:
        for name, parse in (("department.yml", parse_department), ("policy.yml", parse_policy)):
            path = drafted / "departments" / "county" / name
            gaps = list(find_gaps(yaml.safe_load(path.read_text())))
            with pytest.raises(EisError, match=f"{len(gaps)} values are still to be decided") as error:
                parse(path)
            assert all(place in str(error.value) for place, _ in gaps)

    def test_a_policy_with_its_gaps_filled_is_valid(self, drafted: Path) -> None:
        path = drafted / "departments" / "county" / "policy.yml"
        text = re.sub(r"'?TODO: officers that[^'\n]*'?", "6", path.read_text())
        text = re.sub(r"'?TODO: the outcome[^'\n]*'?", "adverse", text)
        path.write_text(text.replace("TODO:", "Decided:"))
        policy = parse_policy(path)
        assert (policy.approval, policy.clock, policy.lists.capacity) == ("manual", "calendar", 6)

    def test_suites_are_valid(self, drafted: Path) -> None:
        suites = load_suites(drafted / "expectations" / "county")
        assert {suite.table_name for suite in suites} == {"roster", "postings", "professional_standards_entries"}

    def test_the_project_knows_the_department(self, drafted: Path) -> None:
        known, expected = (yaml.safe_load((folder / "dbt_project.yml").read_text()) for folder in (drafted, PROJECT))
        assert known == expected

    def test_the_worked_example_lists_the_columns_that_the_draft_lists(self, drafted: Path) -> None:
        draft = yaml.safe_load((drafted / "departments/county/department.yml").read_text())
        assert (
            parse_department(COUNTY / "department.yml").model_dump()["raw_tables"].keys() == draft["raw_tables"].keys()
        )
        for name, table in parse_department(COUNTY / "department.yml").raw_tables.items():
            assert table.columns == draft["raw_tables"][name]["columns"]

    def test_words_of_sql_are_quoted_as_columns(self, drafted: Path) -> None:
        assert "month_first('\"from\"')" in (drafted / "models/staging/county/stg_county__postings.sql").read_text()

    def test_days_that_can_be_read_two_ways_stop_the_build(self, project: Path, tmp_path: Path) -> None:
        raw = tmp_path / "raw"
        raw.mkdir()
        (raw / "officers.csv").write_text("star,hired\n" + "".join(f"{n},0{n}/0{n}/2020\n" for n in range(1, 10)))
        add_department("plain", str(raw), SETTINGS, project=project)
        staged = (project / "models/staging/plain/stg_plain__officers.sql").read_text()
        assert "{{ undecided('hired', 'no value tells month from day" in staged

    def test_a_stub_has_every_column_of_the_core_table(self, drafted: Path) -> None:
        path = drafted / add_stub("county", "shifts", drafted)
        core = model_drafts.read_core_tables()["shifts"]
        assert re.findall(r"to_map\('(\w+)'\)", path.read_text()) == [column["name"] for column in core["columns"]]
        properties = (drafted / "models/staging/county/_county__mapping.yml").read_text()
        assert yaml.safe_load(properties)["models"][-1]["name"] == "int_county__shifts"
        with pytest.raises(EisError, match="is there already"):
            add_stub("county", "shifts", drafted)
        with pytest.raises(EisError, match="is no core table"):
            add_stub("county", "horses", drafted)


def test_every_core_table_has_its_hints() -> None:
    assert tuple(HINTS) == CORE_TABLES


class TestRefusals:
    def test_what_is_there_is_not_written_over(self, drafted: Path, county_files: Path) -> None:
        before = {path: path.read_bytes() for path in drafted.rglob("*") if path.is_file()}
        with pytest.raises(EisError, match="Department 'county' exists"):
            add_department("county", str(county_files), SETTINGS, project=drafted)
        assert {path: path.read_bytes() for path in drafted.rglob("*") if path.is_file()} == before

    @pytest.mark.parametrize(
        ("files", "words"),
        [
            ({}, "no .csv or .csv.gz file in it, but nothing"),
            ({"report.xlsx": b"PK"}, "but 1 other files"),
            ({"a.csv": b""}, "the file is empty"),
            ({"a.csv": b"id,day\n"}, "a header and no row"),
            ({"a.csv": b"17,2020-01-01\n18,2020-01-02\n"}, "field 1 is a number or a day"),
            ({"a.csv": b"id,,day\n1,2,3\n"}, "field 2 is empty"),
            ({"a.csv": b"id,id\n1,2\n"}, "more than once"),
            ({"a.csv": "id,näme\n".encode("latin-1")}, "iconv"),
            ({"a.csv": "id,name\n1,Jörg\n".encode("latin-1")}, "line 2, column 'name': not UTF-8"),
            ({"a.csv": "id,name\n1,2\n".encode("utf-16")}, "not UTF-8"),
            ({"a.csv": b'id,name\n1,"open\n'}, "the row that starts here is broken"),
            ({"a.csv": b"id,name\n1\n"}, "1 fields where the header has 2"),
            ({"a.csv.gz": gzip.compress(b"id,name\n1,2\n" * 9)[:-9]}, "cut or damaged"),
            ({"a.csv": b"id\n1\n", "A-1.csv": b"id\n1\n"}, "would both be raw table a"),
            ({"2020.csv": b"id\n1\n"}, "has no letter"),
        ],
    )
    def test_bad_files_are_named_and_nothing_is_written(
        self, project: Path, tmp_path: Path, files: dict[str, bytes], words: str
    ) -> None:
        raw = tmp_path / "raw"
        raw.mkdir()
        for name, content in files.items():
            (raw / name).write_bytes(content)
        with pytest.raises(EisError) as error:
            add_department("plain", str(raw), SETTINGS, project=project)
        assert words in str(error.value)
        assert str(raw) in str(error.value)
        assert [path.name for path in project.iterdir()] == ["dbt_project.yml"]

    @pytest.mark.parametrize("name", ["County", "county_1", "c", "county-north"])
    def test_names_are_small_letters(self, project: Path, county_files: Path, name: str) -> None:
        with pytest.raises(EisError, match="small letters"):
            add_department(name, str(county_files), SETTINGS, project=project)

    def test_a_missing_folder_is_named_on_the_command_line(self) -> None:
        with pytest.raises(EisError, match="there is no such folder"):
            CliRunner().invoke(
                commands, ["department", "new", "plain", "--from", "/no/such/folder"], catch_exceptions=False
            )


class TestCheck:
    def test_the_worked_example_is_complete(self, county_files: Path, tmp_path: Path) -> None:
        found = check_department(Settings(home=tmp_path, department="county", raw_path=county_files, database_url=None))
        assert found.open_points == []
        assert found.is_complete
        tables = {table.name: table for table in found.tables}
        assert tables["shifts"].state == "absent"
        assert tables["shifts"].gaps["shifts"].families["fatigue"] > 0
        assert "preventable_accident" not in str(tables["vehicle_incidents"].gaps)
        assert tables["uses_of_force"].gaps["uses_of_force.resistance"].families.keys() == {"force", "rates"}
        assert 0 < found.available < found.declared

    def test_a_file_that_lacks_a_column_is_an_open_point(self, county_files: Path) -> None:
        path = county_files / "postings.csv"
        with pytest.raises(EisError, match="needed columns are missing"):
            find_columns(path, read_header(path), ["Star", "Posted By"])
