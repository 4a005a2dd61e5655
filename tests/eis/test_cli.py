"""The command line as scripts and people meet it: run as a process of its own, against a server of its own."""

import gzip
import os
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import rmtree

import psycopg
import pytest
from typer.testing import CliRunner

from eis.cli import commands
from eis.department import parse_department
from eis.doctor import check_raw_files, examine
from eis.errors import EisError
from eis.postgres import EmbeddedServer
from eis.settings import PROJECT, Settings

Run = Callable[..., subprocess.CompletedProcess[str]]
DEPARTMENTS = sorted(path.parent.name for path in (PROJECT / "departments").glob("*/department.yml"))


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="eis-test-"))
    folder.chmod(0o755)
    yield folder
    EmbeddedServer(folder / "postgres").stop()
    rmtree(folder)


@pytest.fixture(scope="module")
def run(home: Path) -> Run:
    """Run `eis` with only the settings named."""

    def run_eis(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("EIS_")}
        environment = kept | {"EIS_HOME": str(home), "EIS_DEPARTMENT": DEPARTMENTS[0], "COLUMNS": "200"} | settings
        command = [str(Path(sys.executable).with_name("eis")), *arguments]
        # From a folder other than the project's: no command may depend on where it is given.
        return subprocess.run(
            command, env=environment, cwd=home, capture_output=True, text=True, timeout=60, check=False
        )

    return run_eis


@pytest.fixture(scope="module")
def started(run: Run) -> Run:
    assert run("warehouse", "start").returncode == 0
    return run


class TestWarehouse:
    def test_url_prints_only_the_url_and_at_once(self, started: Run) -> None:
        began = time.monotonic()
        shown = started("warehouse", "url")
        seconds = time.monotonic() - began
        assert shown.stderr == ""
        assert shown.stdout.count("\n") == 1
        assert psycopg.connect(shown.stdout.rstrip("\n")).info.dbname == f"eis_{DEPARTMENTS[0]}"
        assert seconds < 3  # a second at most on an idle machine; tests share theirs

    def test_bi_url_prints_the_login_with_its_password(self, started: Run) -> None:
        shown = started("warehouse", "url", "--bi")
        connection = psycopg.connect(shown.stdout.rstrip("\n"))
        assert (connection.info.user, connection.info.host) == ("eis_bi", "127.0.0.1")
        assert connection.pgconn.used_password

    def test_start_again_and_status_show_no_password(self, started: Run) -> None:
        password = started("warehouse", "url", "--bi").stdout.split("@")[0].rpartition(":")[2]
        for command in ("start", "status"):
            shown = started("warehouse", command)
            assert shown.returncode == 0
            assert "127.0.0.1" in shown.stdout
            assert password not in shown.stdout + shown.stderr

    def test_psql_takes_arguments_and_passes_its_exit_code_on(self, started: Run) -> None:
        assert started("warehouse", "psql", "-Atc", "select 6 * 7").stdout == "42\n"
        assert started("warehouse", "psql", "-v", "ON_ERROR_STOP=1", "-c", "select nothing").returncode == 1

    def test_stop_and_status_of_a_stopped_server(self, started: Run) -> None:
        assert started("warehouse", "stop").stdout == "Stopped.\n"
        try:
            assert started("warehouse", "stop").stdout == "It was not running.\n"
            assert started("warehouse", "status").returncode == 1
            shown = started("warehouse", "url")
            assert (shown.returncode, shown.stdout) == (1, "")
            assert "eis warehouse start" in shown.stderr
        finally:
            started("warehouse", "start")

    def test_external_server(self, started: Run) -> None:
        url = started("warehouse", "url").stdout.strip()
        assert started("warehouse", "url", EIS_DATABASE_URL=url).stdout.strip() == url
        assert "EIS_DATABASE_URL" in started("warehouse", "status", EIS_DATABASE_URL=url).stdout
        refused = started("warehouse", "stop", EIS_DATABASE_URL=url)
        assert refused.returncode == 1
        assert "not ours to stop" in refused.stderr


class TestFaults:
    @pytest.mark.parametrize(
        ("arguments", "settings", "message"),
        [
            (["dbt", "build"], {"EIS_DEPARTMENT": "atlantis"}, "No department 'atlantis'"),
            (["warehouse", "url"], {"EIS_DEPARTMENT": "Not A Name"}, "EIS_DEPARTMENT=Not A Name"),
            (["warehouse", "start"], {"EIS_HOME": "/proc/eis"}, "/proc/eis"),
            (["warehouse", "start"], {"EIS_DATABASE_URL": "postgresql://me:secret@127.0.0.1:1/d"}, "127.0.0.1:1/d"),
        ],
    )
    def test_is_a_message_without_traceback(
        self, run: Run, arguments: list[str], settings: dict[str, str], message: str
    ) -> None:
        shown = run(*arguments, **settings)
        assert shown.returncode == 1
        assert shown.stdout == ""
        assert message in shown.stderr
        assert "Traceback" not in shown.stderr
        assert "secret" not in shown.stderr


class TestDbt:
    def test_connects_with_the_departments_folders(self, started: Run, home: Path) -> None:
        shown = started("dbt", "debug")
        assert shown.returncode == 0, shown.stdout
        assert f"database: eis_{DEPARTMENTS[0]}" in shown.stdout
        assert (home / DEPARTMENTS[0] / "logs" / "dbt.log").exists()

    def test_exit_code_is_passed_on(self, started: Run) -> None:
        assert started("dbt", "no-such-command").returncode == 2


class TestDoctor:
    def test_names_every_fault_and_its_remedy(self, tmp_path: Path) -> None:
        settings = {"EIS_HOME": str(tmp_path), "EIS_RAW_PATH": str(tmp_path), "EIS_DEPARTMENT": DEPARTMENTS[0]}
        shown = CliRunner(env=settings | {"COLUMNS": "200"}).invoke(commands, ["doctor"])
        assert shown.exit_code == 1
        assert "eis warehouse start" in shown.stdout
        assert f"{tmp_path}/" in shown.stdout
        assert "the file is missing" in shown.stdout
        assert shown.stdout.count("│ fault │") == 2

    def test_is_content_when_all_is_there(self, started: Run, home: Path, tmp_path: Path) -> None:
        department = parse_department(PROJECT / "departments" / DEPARTMENTS[0] / "department.yml")
        (tmp_path / "below").mkdir()
        for table in department.raw_tables.values():
            header = ",".join(table.columns).encode()
            (tmp_path / "below" / table.file).write_bytes(gzip.compress(header) if ".gz" in table.file else header)
        settings = Settings(home=home, department=DEPARTMENTS[0], raw_path=tmp_path, database_url=None)
        assert [finding for finding in examine(settings) if not finding.is_good] == []

    def test_the_demos_files_are_made_by_a_run(self, tmp_path: Path) -> None:
        with pytest.raises(EisError, match=r"does not exist.*: eis run$"):
            check_raw_files(Settings(home=tmp_path, department="demo", raw_path=None))


@pytest.mark.parametrize("command", ["warehouse start", "warehouse url", "warehouse psql", "dbt", "doctor"])
def test_help_teaches_by_example(command: str) -> None:
    assert "Example" in CliRunner().invoke(commands, [*command.split(), "--help"]).stdout


def test_ci_runs_what_people_run() -> None:
    script = PROJECT / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    assert script.read_text().splitlines()[-1] == "make test"


@pytest.mark.parametrize(
    ("arguments", "is_prepared"),
    [(["build"], True), (["--quiet", "run", "--select", "core"], True), (["ls"], False), (["--version"], False)],
)
def test_dbt_is_prepared_for_a_build_wherever_its_options_stand(
    started: Run, home: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], is_prepared: bool
) -> None:
    given: list[list[str]] = []
    monkeypatch.setattr("os.execve", lambda _, command, __: given.append(command))
    monkeypatch.setattr("eis.governance.schema.ensure_governance", lambda _: None)
    monkeypatch.setattr("eis.transform.refresh_arguments", lambda _: ["--full-refresh"])
    done = CliRunner(env={"EIS_HOME": str(home), "EIS_DEPARTMENT": "demo"}).invoke(commands, ["dbt", *arguments])
    assert done.exit_code == 0, done.exception
    [command] = given
    assert ("--full-refresh" in command) == is_prepared
    assert ("--vars" in command) == (arguments != ["--version"])
