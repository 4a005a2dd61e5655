"""The embedded server: who gets in, what survives, and what is recovered."""

import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from shutil import disk_usage, rmtree
from urllib.parse import quote

import psutil
import psycopg
import pytest

from eis.errors import EisError
from eis.postgres import BI_LOGIN, OWNER, EmbeddedServer, ExternalServer, Warehouse
from eis.settings import PROJECT, Settings

MEMORY = Path("/dev/shm")  # noqa: S108
IS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root can act as another user")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A short folder that other users may pass through; pytest's own is neither. In memory where there is enough."""
    has_memory = MEMORY.is_dir() and disk_usage(MEMORY).free > 2**30
    folder = Path(tempfile.mkdtemp(prefix="eis-test-", dir=MEMORY if has_memory else None))
    folder.chmod(0o755)
    yield folder
    EmbeddedServer(folder / "postgres").stop()
    rmtree(folder)


@pytest.fixture(scope="module")
def started(home: Path) -> Warehouse:
    warehouse = Warehouse(Settings(home=home, department="demo", database_url=None))
    warehouse.start()
    return warehouse


@pytest.fixture
def warehouse(started: Warehouse) -> Warehouse:
    """The module's server, running whatever the test before did to it."""
    started.start()
    return started


@pytest.fixture(scope="module")
def other_user() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


@pytest.fixture(scope="module")
def shared_python(other_user: pwd.struct_passwd) -> list[str]:
    """An interpreter of this version that another user may run, with this project importable."""
    name = "python{}.{}".format(*sys.version_info)
    for candidate in (
        os.path.realpath(sys.executable),
        *(f"{folder}/{name}" for folder in ("/usr/bin", "/usr/local/bin")),
    ):
        command = ["env", f"PYTHONPATH={PROJECT}:{sysconfig.get_path('purelib')}", candidate, "-Bc"]
        try:
            subprocess.run([*command, "import eis.postgres"], check=True, **as_user(other_user))
        except (OSError, subprocess.CalledProcessError):
            continue
        return command
    pytest.skip("another user can reach no interpreter of this version, or not the project")


def as_user(user: pwd.struct_passwd) -> dict[str, object]:
    return {
        "user": user.pw_uid,
        "group": user.pw_gid,
        "extra_groups": [],
        "cwd": "/",
        "capture_output": True,
        "text": True,
    }


def ask(url: str, query: str = "select current_user") -> object:
    with psycopg.connect(url, connect_timeout=5) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return row[0]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=10)


class TestConnecting:
    def test_pipeline_connects_as_the_owner_of_the_departments_database(self, warehouse: Warehouse) -> None:
        assert ask(warehouse.url(), "select concat_ws(' ', current_user, current_database())") == f"{OWNER} eis_demo"

    def test_environment_leads_to_the_same_place(self, warehouse: Warehouse) -> None:
        script = "import psycopg; print(psycopg.connect().info.dbname)"
        found = subprocess.run(
            [sys.executable, "-c", script], env=warehouse.environment(), capture_output=True, text=True
        )
        assert found.stdout.strip() == "eis_demo", found.stderr

    def test_sqlalchemy_understands_the_url(self, warehouse: Warehouse) -> None:
        import sqlalchemy

        with sqlalchemy.create_engine(warehouse.url()).connect() as connection:
            assert connection.scalar(sqlalchemy.text("select current_database()")) == "eis_demo"

    @pytest.mark.parametrize(
        ("setting", "value"),
        [
            ("server_encoding", "UTF8"),
            ("TimeZone", "UTC"),
            ("jit", "off"),
            ("wal_level", "minimal"),
            ("work_mem", "64MB"),
        ],
    )
    def test_settings_reach_the_server(self, warehouse: Warehouse, setting: str, value: str) -> None:
        assert ask(warehouse.url(), f"show {setting}") == value

    def test_text_sorts_by_code_point_and_knows_unicode(self, warehouse: Warehouse) -> None:
        assert ask(warehouse.url(), "select ('Z' < 'a') and lower('É') = 'é'")

    def test_second_department_gets_its_own_database(self, warehouse: Warehouse, home: Path) -> None:
        other = Warehouse(Settings(home=home, department="other", database_url=None))
        other.start()
        assert ask(other.url(), "select current_database()") == "eis_other"
        assert other.server.find_postmaster() == warehouse.server.find_postmaster()


class TestAccess:
    def test_password_opens_tcp(self, warehouse: Warehouse) -> None:
        assert ask(warehouse.bi_url(with_password=True)) == BI_LOGIN

    def test_address_for_display_holds_no_password(self, warehouse: Warehouse) -> None:
        password = (warehouse.server.folder / "eis_bi.password").read_text()
        assert len(password) >= 32
        assert password in warehouse.bi_url(with_password=True)
        assert password not in warehouse.bi_url() + warehouse.status().address + warehouse.url()

    @pytest.mark.parametrize("password", ["", "wrong"])
    @pytest.mark.parametrize("role", [BI_LOGIN, OWNER])
    def test_tcp_refuses_no_and_wrong_passwords(self, warehouse: Warehouse, role: str, password: str) -> None:
        url = warehouse.bi_url().replace(BI_LOGIN, f"{role}:{password}")
        with pytest.raises(psycopg.OperationalError, match=r"no password supplied|password authentication failed"):
            ask(url + "?passfile=/dev/null")

    def test_tcp_reaches_departments_only(self, warehouse: Warehouse) -> None:
        with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
            ask(warehouse.bi_url(with_password=True).replace("/eis_demo", "/postgres"))

    def test_bi_login_may_connect_and_nothing_more(self, warehouse: Warehouse) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(warehouse.bi_url(with_password=True), "create schema mine")

    def test_listens_on_this_machine_only(self, warehouse: Warehouse) -> None:
        postmaster = warehouse.server.find_postmaster()
        assert postmaster is not None
        assert {c.laddr.ip for c in postmaster.net_connections("tcp") if c.status == psutil.CONN_LISTEN} == {
            "127.0.0.1"
        }

    def test_folders_and_secret_are_private(self, warehouse: Warehouse) -> None:
        folder = warehouse.server.folder
        assert mode(folder) == mode(Path(warehouse.environment()["PGHOST"])) == mode(folder / "data") == 0o700
        assert mode(folder / "eis_bi.password") == 0o600

    def test_password_is_in_no_log_and_no_configuration(self, warehouse: Warehouse) -> None:
        folder = warehouse.server.folder
        password = (folder / "eis_bi.password").read_bytes()
        files = [*folder.glob("server.log*"), *(folder / "data").glob("*.conf"), folder / "endpoint.json"]
        assert len(files) >= 5
        assert not [file for file in files if password in file.read_bytes()]

    @needs_root
    def test_socket_refuses_another_user(
        self, warehouse: Warehouse, shared_python: list[str], other_user: pwd.struct_passwd
    ) -> None:
        """Even one who gets past the folder: with the folder opened, `peer` still refuses."""
        connect = f"import psycopg; psycopg.connect({warehouse.url()!r})"
        folders = [warehouse.server.folder, Path(warehouse.environment()["PGHOST"])]
        shut_out = subprocess.run([*shared_python, connect], check=False, **as_user(other_user))
        socket_file = next(folders[1].glob(".s.PGSQL.*[0-9]"))
        try:
            for path in (*folders, socket_file):
                path.chmod(0o777)
            refused = subprocess.run([*shared_python, connect], check=False, **as_user(other_user))
        finally:
            for path in (*folders, socket_file):
                path.chmod(0o700)
        assert "Permission denied" in shut_out.stderr
        assert "Peer authentication failed" in refused.stderr


class TestLiving:
    def test_outlives_the_process_that_starts_it(self, warehouse: Warehouse, home: Path) -> None:
        warehouse.stop()
        script = (
            "from pathlib import Path; from eis.postgres import Warehouse; from eis.settings import Settings;"
            f"Warehouse(Settings(home=Path({str(home)!r}), department='demo', database_url=None)).start()"
        )
        subprocess.run([sys.executable, "-c", script], check=True, timeout=60, cwd=PROJECT)
        assert ask(warehouse.url()) == OWNER

    def test_stop_then_url_says_how_to_start(self, warehouse: Warehouse) -> None:
        assert warehouse.stop()
        assert not warehouse.stop()
        assert not warehouse.status().is_running
        with pytest.raises(EisError, match="eis warehouse start"):
            warehouse.url()

    def test_port_and_password_stay(self, warehouse: Warehouse) -> None:
        before = warehouse.bi_url(with_password=True)
        warehouse.stop()
        warehouse.start()
        assert warehouse.bi_url(with_password=True) == before

    def test_port_taken_meanwhile_is_replaced(self, warehouse: Warehouse) -> None:
        port = int(warehouse.environment()["PGPORT"])
        warehouse.stop()
        with socket.create_server(("127.0.0.1", port)):
            warehouse.start()
        assert int(warehouse.environment()["PGPORT"]) != port
        assert ask(warehouse.bi_url(with_password=True)) == BI_LOGIN

    def test_killed_server_is_recovered_with_its_data(self, warehouse: Warehouse) -> None:
        with psycopg.connect(warehouse.url()) as connection:
            connection.execute("drop table if exists kept")
            connection.execute("create table kept as select 1 as n")
            connection.execute("set local synchronous_commit = on")
        postmaster = warehouse.server.find_postmaster()
        assert postmaster is not None
        kill(postmaster.pid)
        assert not warehouse.status().is_running
        warehouse.start()
        assert ask(warehouse.url(), "select n from kept") == 1

    def test_backend_that_outlives_a_killed_server_is_ended(self, warehouse: Warehouse) -> None:
        """A busy backend does not notice that its server is gone, and keeps the data folder in use."""
        postmaster = warehouse.server.find_postmaster()
        assert postmaster is not None
        busy = psycopg.connect(warehouse.url())
        backend = psutil.Process(busy.info.backend_pid)
        backend.suspend()
        kill(postmaster.pid)
        warehouse.start()
        assert not backend.is_running() or backend.status() == psutil.STATUS_ZOMBIE
        assert ask(warehouse.url()) == OWNER
        busy.close()

    def test_pid_file_that_names_another_program_is_ignored(self, warehouse: Warehouse) -> None:
        pid_file = warehouse.server.data / "postmaster.pid"
        stale = pid_file.read_text()
        warehouse.stop()
        # A living process of the server's own user: PostgreSQL by itself would refuse to start.
        sleeper = subprocess.Popen(["sleep", "60"], user=warehouse.server.user.pw_uid if IS_ROOT else None)
        try:
            pid_file.write_text("\n".join([str(sleeper.pid), *stale.splitlines()[1:]]))
            assert not warehouse.status().is_running
            warehouse.start()
            assert ask(warehouse.url()) == OWNER
            assert sleeper.poll() is None
        finally:
            sleeper.kill()
            sleeper.wait()

    def test_two_starts_at_once_both_succeed(self, warehouse: Warehouse, home: Path) -> None:
        warehouse.stop()
        script = (
            "from pathlib import Path; from eis.postgres import Warehouse; from eis.settings import Settings;"
            f"w = Warehouse(Settings(home=Path({str(home)!r}), department='twice', database_url=None));"
            "w.start(); print(w.url())"
        )
        starts = [
            subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=PROJECT)
            for _ in range(2)
        ]
        urls = {process.communicate(timeout=60)[0] for process in starts}
        assert [process.returncode for process in starts] == [0, 0]
        assert len(urls) == 1
        assert ask(urls.pop().strip(), "select current_database()") == "eis_twice"

    def test_start_waits_for_a_server_that_is_not_ready(self, warehouse: Warehouse) -> None:
        pid_file = warehouse.server.data / "postmaster.pid"
        ready = pid_file.read_text()
        pid_file.write_text(ready.replace("ready", "starting"))
        threading.Timer(0.5, pid_file.write_text, [ready]).start()
        began = time.monotonic()
        warehouse.start()
        assert time.monotonic() - began >= 0.4

    def test_failure_shows_the_end_of_the_log(self, warehouse: Warehouse) -> None:
        warehouse.stop()
        version = warehouse.server.data / "PG_VERSION"
        right = version.read_text()
        try:
            version.write_text("16\n")
            with pytest.raises(EisError, match=r"(?s)did not start.*initialized by PostgreSQL version 16"):
                warehouse.start()
        finally:
            version.write_text(right)


class TestPlaces:
    def test_interrupted_making_is_begun_again_and_long_path_gets_a_short_socket(self, home: Path) -> None:
        folder = home / ("long " * 20) / "postgres"
        (folder / "data.new").mkdir(parents=True)
        (folder / "data.new" / "PG_VERSION").write_text("18\n")
        server = EmbeddedServer(folder)
        server.start()
        try:
            server.ensure_database("eis_demo")
            host = Path(server.environment("eis_demo")["PGHOST"])
            assert ask(server.url("eis_demo")) == OWNER
            assert not host.is_relative_to(folder)
            assert mode(host) == 0o700
            server.stop()
            server.start()
            assert server.environment("eis_demo")["PGHOST"] == str(host)
        finally:
            server.stop()
            rmtree(host)

    @needs_root
    def test_ordinary_user_has_a_server_which_root_may_use_too(
        self, home: Path, shared_python: list[str], other_user: pwd.struct_passwd
    ) -> None:
        mine = home / "ordinary"
        mine.mkdir()
        os.chown(mine, other_user.pw_uid, other_user.pw_gid)
        script = (
            "from pathlib import Path; from eis.postgres import Warehouse; from eis.settings import Settings;"
            f"w = Warehouse(Settings(home=Path({str(mine)!r}), department='demo', database_url=None)); w.start();"
            "import psycopg; print(psycopg.connect(w.url()).execute('select current_user').fetchone()[0])"
        )
        server = EmbeddedServer(mine / "postgres")
        try:
            done = subprocess.run([*shared_python, script], check=False, **as_user(other_user))
            assert (done.returncode, done.stdout.strip()) == (0, OWNER), done.stderr
            assert server.find_postmaster().username() == other_user.pw_name
            assert ask(server.url("eis_demo")) == OWNER
            server.stop()
            server.start()
            assert server.find_postmaster().username() == other_user.pw_name
            again = subprocess.run([*shared_python, script], check=False, **as_user(other_user))
            assert again.returncode == 0, again.stderr
        finally:
            server.stop()

    @needs_root
    def test_another_users_folder_is_refused_with_a_remedy(
        self, warehouse: Warehouse, home: Path, shared_python: list[str], other_user: pwd.struct_passwd
    ) -> None:
        script = (
            "from pathlib import Path; from eis.postgres import Warehouse; from eis.settings import Settings;"
            f"Warehouse(Settings(home=Path({str(home)!r}), department='demo', database_url=None)).start()"
        )
        done = subprocess.run([*shared_python, script], check=False, **as_user(other_user))
        assert "belongs to another user" in done.stderr
        assert "EIS_HOME" in done.stderr


class TestExternalServer:
    @pytest.fixture
    def external(self, warehouse: Warehouse, tmp_path: Path) -> Warehouse:
        return Warehouse(Settings(home=tmp_path, department="demo", database_url=warehouse.bi_url(with_password=True)))

    def test_is_used_and_never_managed(self, external: Warehouse, warehouse: Warehouse, tmp_path: Path) -> None:
        external.start()
        assert external.status().is_running
        assert ask(external.url()) == BI_LOGIN
        with pytest.raises(EisError, match="not ours to stop"):
            external.stop()
        assert warehouse.status().is_running
        assert not list(tmp_path.iterdir())

    def test_environment_has_each_part(self) -> None:
        url = f"postgresql://me:{quote('p@ss word')}@db.example:6543/eis?sslmode=require"
        assert ExternalServer(url).environment() == {
            "PGHOST": "db.example",
            "PGPORT": "6543",
            "PGUSER": "me",
            "PGPASSWORD": "p@ss word",
            "PGDATABASE": "eis",
            "PGSSLMODE": "require",
        }

    @pytest.mark.parametrize("url", ["postgresql+psycopg://me:secret@h/d", "postgresql://me:secret@/d", "secret"])
    def test_unusable_url_is_named_but_not_repeated(self, url: str) -> None:
        with pytest.raises(EisError, match="must be like") as caught:
            ExternalServer(url).check()
        assert "secret" not in str(caught.value)

    def test_silent_server_is_named_without_its_password(self) -> None:
        server = Warehouse(Settings(database_url="postgresql://me:secret@127.0.0.1:1/eis"))
        with pytest.raises(EisError, match=r"127\.0\.0\.1:1/eis, cannot be used") as caught:
            server.start()
        assert "secret" not in str(caught.value) + repr(server.settings)
        assert not server.status().is_running
