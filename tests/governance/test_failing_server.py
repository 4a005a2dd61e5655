"""The server fails in the middle of a publication: what was published before is there whole, and a second try succeeds.

On a server of its own, which may be killed, and where this system lets us mount one, on a disk so small that it can be
filled. `make faults` strikes the whole line in the same ways (tests/end_to_end/fault_injection.py).
"""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from governed import Governed, build, refill

from eis.department import RawTable
from eis.errors import EisError
from eis.governance.connection import explained
from eis.ingest import load_raw_table
from eis.postgres import EmbeddedServer, Warehouse
from eis.settings import Settings

DISK = "size=300m,mode=755"
PUBLISHED = (
    "select count(*), count(distinct list_id), sum(score) from scores.current_officer_scores",
    "select count(*) from governance.published_lists",
    "select count(*) from governance.publication_decisions",
    "select count(*), max(hash) from governance.audit_log",
)


@pytest.fixture(scope="module")
def home(make_home: Callable[[], Path]) -> Iterator[Path]:
    """A home on a small disk, or on the large one."""
    folder = make_home()
    mount = ["mount", "-t", "tmpfs", "-o", DISK, "tmpfs", str(folder)]
    is_small = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    yield folder
    EmbeddedServer(folder / "postgres").stop()
    if is_small:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture(scope="module")
def warehouse(home: Path) -> Warehouse:
    warehouse = Warehouse(Settings(home=home, department="demo", database_url=None))
    warehouse.start()
    build(warehouse.url())
    return warehouse


@pytest.fixture
def waiting(warehouse: Warehouse) -> Iterator[Governed]:
    """A published list of December, and scores of January that could be published."""
    department = refill(warehouse.url())
    department.load()
    department.score("m1", "2025-12-01")
    department.connection.execute("delete from features.as_of_dates where as_of_date = '2026-01-01'")
    assert department.publish().is_published
    department.connection.execute("insert into features.as_of_dates values ('2026-01-01')")
    department.score("m1", "2026-01-01")
    yield department
    department.connection.close()


def look(governed: Governed) -> list[list[tuple[object, ...]]]:
    return [governed.ask(query) for query in PUBLISHED]


def kill_server(warehouse: Warehouse) -> None:
    server = warehouse.server.find_postmaster()
    assert server
    server.kill()
    server.wait(30)


def end_connections(warehouse: Warehouse) -> None:
    with psycopg.connect(warehouse.server.url("postgres"), autocommit=True) as connection:
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'eis_demo'")


@pytest.mark.parametrize("strike", [kill_server, lambda warehouse: warehouse.stop(), end_connections])
def test_publication_that_is_struck_half_way_leaves_the_old_list_and_can_be_repeated(
    waiting: Governed, warehouse: Warehouse, strike: Callable[[Warehouse], None]
) -> None:
    """Somebody's lock holds the transaction where its decision is written and its scores are not."""
    before = look(waiting)
    bystander = psycopg.connect(waiting.url)
    bystander.execute("lock table governance.published_scores in share mode")
    faults: list[EisError] = []

    def publish() -> None:
        try:
            with explained():
                waiting.publish()
        except EisError as error:
            faults.append(error)

    thread = threading.Thread(target=publish)
    with psycopg.connect(waiting.url, autocommit=True) as watcher:
        thread.start()
        while not watcher.execute("select from pg_locks where not granted and mode = 'RowExclusiveLock'").rowcount:
            assert thread.is_alive()
            time.sleep(0.05)
    strike(warehouse)
    thread.join(30)
    bystander.close()
    assert len(faults) == 1, "the publication was not under way"
    assert "The warehouse went away, and nothing was changed" in str(faults[0])
    warehouse.start()
    waiting.connection = psycopg.connect(waiting.url, autocommit=True)
    assert look(waiting) == before
    assert waiting.publish().is_published
    assert waiting.ask("select distinct as_of_date::text, count(*) from scores.current_officer_scores"
                       " join governance.lists using (list_id) group by 1") == [("2026-01-01", 90)]  # fmt: skip


@pytest.fixture
def fill(home: Path) -> Iterator[Callable[[], None]]:
    """Leave not a byte on the disk; afterwards there is room again."""
    if not home.is_mount():
        pytest.skip("this system does not let us mount a small disk, and the large one is not filled")
    ballast = home / "ballast"

    def fill() -> None:
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(1 << 20))

    yield fill
    ballast.unlink(missing_ok=True)


class TestFullDisk:
    def test_nothing_is_half_published_and_the_old_list_can_be_read(
        self, waiting: Governed, home: Path, fill: Callable[[], None]
    ) -> None:
        before = look(waiting)
        fill()
        # Whatever PostgreSQL has kept free in its files is used up first.
        with pytest.raises(psycopg.errors.DiskFull, match="No space left on device"):
            waiting.connection.execute("create table ml.large as select from generate_series(1, 1000000)")
        with pytest.raises(EisError, match=r"No space left on device\. Check free disk space\."), explained():
            waiting.publish()
        assert look(waiting) == before
        (home / "ballast").unlink()
        assert waiting.publish().is_published

    def test_a_raw_table_stays_as_it_was_until_there_is_room(
        self, warehouse: Warehouse, home: Path, fill: Callable[[], None], tmp_path: Path
    ) -> None:
        table, file = RawTable(file="calls.csv", columns=["call"]), tmp_path / "calls.csv"
        file.write_text("call\n1\n2\n")
        load_raw_table(warehouse.url(), "calls", table, tmp_path)
        file.write_text("call\n" + "".join(f"{number:0100}\n" for number in range(50_000)))
        fill()
        with pytest.raises(psycopg.errors.DiskFull, match="No space left on device"):
            load_raw_table(warehouse.url(), "calls", table, tmp_path)
        with psycopg.connect(warehouse.url()) as connection:
            assert connection.execute("select call from raw.calls order by 1").fetchall() == [("1",), ("2",)]
        (home / "ballast").unlink()
        assert load_raw_table(warehouse.url(), "calls", table, tmp_path).rows == 50_000
