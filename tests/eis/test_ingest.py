"""Raw load: what arrives is what was delivered, and a bad file changes nothing."""

import csv
import gzip
import io
import threading
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from eis.department import RawTable
from eis.errors import EisError
from eis.ingest import CHUNK_ROWS, RawLoad, load_raw_table

HEADERS = ["Officer ID", "Name", "Hired On"]
TABLE = RawTable(file="officers.csv", columns=["Officer ID", "Hired On"])
GOOD = "Officer ID,Name,Hired On\n1,Ann,2001-02-03\n2,Bob,2004-05-06\n"


@pytest.fixture
def url(server_url: str) -> str:
    """A warehouse without raw tables."""
    with psycopg.connect(server_url) as connection:
        connection.execute("drop schema if exists raw cascade")
    return server_url


def deliver(folder: Path, content: str | bytes, name: str = TABLE.file) -> Path:
    path = folder / name
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def read(url: str, columns: str = "officer_id, hired_on, _row") -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(f"select {columns} from raw.officers order by _row").fetchall()


def load(url: str, folder: Path, table: RawTable = TABLE) -> RawLoad:
    return load_raw_table(url, "officers", table, folder)


def test_listed_columns_arrive_as_text_with_their_origin(url: str, tmp_path: Path) -> None:
    deliver(tmp_path, GOOD)
    result = load(url, tmp_path)
    assert (result.rows, result.was_loaded) == (2, True)
    assert read(url) == [("1", "2001-02-03", 2), ("2", "2004-05-06", 3)]
    assert read(url, "_file, _loaded_at is not null") == [("officers.csv", True)] * 2
    with psycopg.connect(url) as connection:
        columns = connection.execute("select column_name from information_schema.columns where table_name = 'officers'")
        assert {name for (name,) in columns} == {"officer_id", "hired_on", "_row", "_file", "_loaded_at"}
        comment = connection.execute("select obj_description('raw.officers'::regclass)").fetchone()
    assert comment is not None
    assert "officers.csv" in comment[0]


def test_unlisted_column_never_reaches_the_server(url: str, tmp_path: Path) -> None:
    deliver(tmp_path, GOOD.encode().replace(b"Bob", b"not sent, n\xf6t UTF-8".join([b'"', b'"'])))
    assert load(url, tmp_path).rows == 2
    with psycopg.connect(url) as connection:
        assert not connection.execute("select from raw.officers as o where o::text like '%not sent%'").rowcount


def test_same_file_is_not_loaded_twice_and_a_changed_one_replaces_all(url: str, tmp_path: Path) -> None:
    deliver(tmp_path, GOOD)
    first = load(url, tmp_path)
    loaded_at = read(url, "_loaded_at")
    again = load(url, tmp_path)
    assert (again.was_loaded, again.rows, again.sha256) == (False, 2, first.sha256)
    assert read(url, "_loaded_at") == loaded_at
    deliver(tmp_path, GOOD.replace("2,Bob", "3,Cy"))
    assert load(url, tmp_path).was_loaded
    assert read(url, "officer_id") == [("1",), ("3",)]


def test_changed_column_list_loads_again(url: str, tmp_path: Path) -> None:
    deliver(tmp_path, GOOD)
    load(url, tmp_path)
    assert load(url, tmp_path, RawTable(file="officers.csv", columns=HEADERS)).was_loaded
    assert read(url, "name") == [("Ann",), ("Bob",)]


def test_dropped_table_is_loaded_again(url: str, tmp_path: Path) -> None:
    deliver(tmp_path, GOOD)
    load(url, tmp_path)
    with psycopg.connect(url) as connection:
        connection.execute("drop table raw.officers")
    assert load(url, tmp_path).was_loaded


def test_views_on_a_table_survive_a_new_file(url: str, tmp_path: Path) -> None:
    deliver(tmp_path, GOOD)
    load(url, tmp_path)
    with psycopg.connect(url) as connection:
        connection.execute("create view raw.seen as select officer_id from raw.officers")
    deliver(tmp_path, GOOD + "3,Cy,2010-01-01\n")
    load(url, tmp_path)
    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from raw.seen").fetchone() == (3,)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("\ufeff" + GOOD, [("1", "2001-02-03", 2), ("2", "2004-05-06", 3)], id="byte order mark"),
        pytest.param(
            "\ufeff" + GOOD.replace("Officer ID", '"Officer ID"'),
            [("1", "2001-02-03", 2), ("2", "2004-05-06", 3)],
            id="mark before a quote",
        ),
        pytest.param(GOOD.replace("\n", "\r\n"), [("1", "2001-02-03", 2), ("2", "2004-05-06", 3)], id="CRLF"),
        pytest.param(GOOD.replace("\n", "\r"), [("1", "2001-02-03", 2), ("2", "2004-05-06", 3)], id="CR"),
        pytest.param(GOOD.rstrip("\n"), [("1", "2001-02-03", 2), ("2", "2004-05-06", 3)], id="no last line end"),
        pytest.param(GOOD.replace("\n2", "\n\n2") + "\n", [("1", "2001-02-03", 2), ("2", "2004-05-06", 4)], id="blank"),
        pytest.param(
            GOOD.replace("Ann", '"A\nn\nn"').replace("2001-02-03", '"2001\n,""03\\"'),
            [("1", '2001\n,"03\\', 2), ("2", "2004-05-06", 6)],
            id="quoted line ends",
        ),
        pytest.param(GOOD.replace("2001-02-03", ""), [("1", None, 2), ("2", "2004-05-06", 3)], id="empty is null"),
        pytest.param(GOOD.replace("2001-02-03", " \t"), [("1", " \t", 2), ("2", "2004-05-06", 3)], id="space is kept"),
        pytest.param(GOOD.replace("2001-02-03", "\\N"), [("1", "\\N", 2), ("2", "2004-05-06", 3)], id="no escapes"),
        pytest.param(GOOD.replace("2001-02-03", "\\."), [("1", "\\.", 2), ("2", "2004-05-06", 3)], id="no end marks"),
        pytest.param(
            GOOD.replace("2001-02-03", "'); drop table raw.officers; --"),
            [("1", "'); drop table raw.officers; --", 2), ("2", "2004-05-06", 3)],
            id="SQL is text",
        ),
        pytest.param(GOOD.replace("Name", "A"), [("1", "2001-02-03", 2), ("2", "2004-05-06", 3)], id="not ours"),
        pytest.param("Officer ID,Name,Hired On\n", [], id="header only"),
    ],
)  # fmt: skip
def test_unusual_files_are_read_rightly(
    url: str, tmp_path: Path, content: str, expected: list[tuple[object, ...]]
) -> None:
    deliver(tmp_path, content)
    load(url, tmp_path)
    assert read(url) == expected


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param("", ["empty"], id="empty"),
        pytest.param(GOOD.replace("Hired On", "hire on"), ["line 1", "'Hired On'", "'hire on'"], id="renamed"),
        pytest.param(GOOD.replace("Name", "Officer ID"), ["line 1", "'Officer ID'", "more than once"], id="twice"),
        pytest.param(GOOD + "3,Cy\n", ["line 4", "2 fields", "'Hired On'"], id="too few"),
        pytest.param(GOOD + "3,Cy,2001-01-01,9\n", ["line 4", "4 fields", "'Hired On'"], id="too many"),
        pytest.param(GOOD[:-16], ["line 3", "1 fields", "'Name'"], id="cut"),
        pytest.param(GOOD + '3,"Cy,2001\n4,', ["line 4", "broken"], id="quote not closed"),
        pytest.param(GOOD + '3,"Cy"s,2001\n', ["line 4", "broken"], id="text after a quote"),
        pytest.param(GOOD.encode().replace(b"2004", b"2\xe904"), ["line 3", "'Hired On'", "UTF-8"], id="latin-1"),
        pytest.param(GOOD.encode("utf-16"), ["line 1", "UTF-8"], id="UTF-16"),
        pytest.param(gzip.compress(GOOD.encode()), ["line 1", "UTF-8"], id="gzip without .gz"),
        pytest.param(GOOD.replace("2004", "20\x0004"), ["line 3", "'Hired On'", "NUL"], id="NUL"),
        pytest.param(GOOD + "3,Cy,\n" * CHUNK_ROWS + "4,Cy\n", [f"line {CHUNK_ROWS + 4}"], id="after the first chunk"),
    ],
)
def test_bad_file_is_refused_with_its_place_and_the_last_load_stays(
    url: str, tmp_path: Path, content: str | bytes, words: list[str]
) -> None:
    deliver(tmp_path, GOOD)
    load(url, tmp_path)
    deliver(tmp_path, content)
    with pytest.raises(EisError) as caught:
        load(url, tmp_path)
    for word in ["officers.csv", *words]:
        assert word in str(caught.value)
    assert read(url, "officer_id, hired_on") == [("1", "2001-02-03"), ("2", "2004-05-06")]
    deliver(tmp_path, GOOD)
    assert not load(url, tmp_path).was_loaded


def test_gzip_is_read_and_a_cut_or_damaged_one_is_refused(url: str, tmp_path: Path) -> None:
    table = RawTable(file="officers.csv.gz", columns=TABLE.columns)
    path = deliver(tmp_path, GOOD, table.file)
    assert load(url, tmp_path, table).rows == 2
    whole = path.read_bytes()
    damaged = bytearray(whole)
    damaged[-6] ^= 255  # in the checksum: only the last byte read shows the fault
    for broken in (whole[:-9], whole[:12], bytes(damaged), b"no gzip"):
        path.write_bytes(broken)
        with pytest.raises(EisError, match=r"officers\.csv\.gz, near line"):
            load(url, tmp_path, table)
        assert len(read(url)) == 2


def test_other_separators_are_read_as_strictly(url: str, tmp_path: Path) -> None:
    table = RawTable(file="officers.csv", columns=TABLE.columns, separator=";")
    deliver(tmp_path, '\ufeffOfficer ID;Name;Hired On\r\n1;"Ann; A.";03,02\r\n')
    assert load(url, tmp_path, table).rows == 1
    assert read(url, "officer_id, hired_on") == [("1", "03,02")]
    deliver(tmp_path, "Officer ID;Name;Hired On\n1;Ann; A.;2001\n")
    with pytest.raises(EisError, match=r"line 2: 4 fields where the header has 3"):
        load(url, tmp_path, table)


def test_missing_file_is_named_with_what_looks_like_it(url: str, tmp_path: Path) -> None:
    deliver(tmp_path, GOOD, "officer.csv")
    with pytest.raises(EisError, match=r"officers\.csv: the file is missing.*'officer\.csv'"):
        load(url, tmp_path)
    with pytest.raises(EisError, match="EIS_RAW_PATH"):
        load(url, tmp_path / "nowhere")


def test_a_file_is_found_below_the_folder_unless_there_are_two(url: str, tmp_path: Path) -> None:
    for sub_folder in ("hr", "old"):
        (tmp_path / sub_folder).mkdir()
    deliver(tmp_path / "hr", GOOD)
    assert load(url, tmp_path).was_loaded
    deliver(tmp_path / "old", GOOD)
    with pytest.raises(EisError, match=r"2 files have this name.*hr.*old"):
        load(url, tmp_path)


@pytest.mark.parametrize("columns", [[], ["Hired On", "hired_on"], ["#"], ["x" * 64]])
def test_headers_that_give_no_distinct_column_names_are_refused(url: str, tmp_path: Path, columns: list[str]) -> None:
    deliver(tmp_path, GOOD)
    with pytest.raises(EisError, match=r"raw_tables\.officers\.columns"):
        load(url, tmp_path, RawTable(file="officers.csv", columns=columns))


def test_two_loads_at_once_give_one_load(url: str, tmp_path: Path) -> None:
    deliver(tmp_path, "Officer ID,Name,Hired On\n" + "1,Ann,2001-02-03\n" * 20_000)
    results: list[RawLoad] = []
    threads = [threading.Thread(target=lambda: results.append(load(url, tmp_path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.was_loaded for result in results) == [False, False, False, True]
    assert {result.rows for result in results} == {20_000}
    assert len(read(url)) == 20_000


def test_progress_ends_at_the_whole_file(url: str, tmp_path: Path) -> None:
    deliver(tmp_path, GOOD + "3,Cy,\n" * (3 * CHUNK_ROWS))
    seen: list[float] = []
    load_raw_table(url, "officers", TABLE, tmp_path, lambda name, share: seen.append(share))
    assert seen == sorted(seen)
    assert len(seen) > 3
    assert seen[-1] == 1.0


# What PostgreSQL cannot hold (NUL) and what is not text in UTF-8 (surrogates) is refused, as tested above.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
cells = texts | st.sampled_from(["\\", "\\N", "\\.", "\t", "\n", "\r", "\r\n", '"', ",", "\\\n.\n", "\ufeff", "''"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(cells, cells, cells), max_size=12), line_end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_text_comes_back_as_it_was_written(
    url: str, tmp_path: Path, rows: list[tuple[str, str, str]], line_end: str
) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows([HEADERS, *rows])
    deliver(tmp_path, buffer.getvalue())
    load(url, tmp_path, RawTable(file="officers.csv", columns=HEADERS))
    query = sql.SQL("select {} from raw.officers order by _row")
    names = sql.SQL(", ").join(map(sql.Identifier, ["officer_id", "name", "hired_on"]))
    with psycopg.connect(url) as connection:
        found = connection.execute(query.format(names)).fetchall()
    assert found == [tuple(cell or None for cell in row) for row in rows]
