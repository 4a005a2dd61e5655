"""The governed department, anew for each test, and the command line on it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from governed import Governed, build, refill

from eis.governance import access


@pytest.fixture(scope="package")
def tables(server_url: str) -> str:
    """The warehouse with the tables of the department."""
    build(server_url)
    return server_url


@pytest.fixture
def governed(tables: str, server_home: Path) -> Iterator[Governed]:
    """The department with its policy in force and nothing scored."""
    (server_home / "demo" / "audit_anchors.jsonl").unlink(missing_ok=True)  # of a log that the test before dropped
    department = refill(tables)
    department.load()
    yield department
    department.connection.close()


@pytest.fixture
def enrolled(governed: Governed) -> Governed:
    """One login for each role, the supervisor with unit U1, and a published list."""
    for role in access.GROUP_ROLES:
        governed.enrol(f"{role}_1", role)
    governed.score()
    assert governed.publish().is_published
    access.set_units(governed.connection, "eis_supervisor_1", ["U1"])
    return governed


@pytest.fixture
def command(governed: Governed, server_home: Path) -> Callable[..., tuple[int, str]]:
    """Run `eis` on the department, as the operator or as a login: exit code and words."""
    from typer.testing import CliRunner

    from eis.cli import commands

    def run(*arguments: str, login: str | None = None) -> tuple[int, str]:
        environment = {"EIS_HOME": str(server_home), "EIS_DEPARTMENT": "demo", "COLUMNS": "200"}
        if login:
            port = str(governed.connection.info.port)
            environment["EIS_USER_URL"] = access.login_url(
                governed.connection, login, governed.passwords[login], "127.0.0.1", port
            )
        done = CliRunner(env=environment).invoke(commands, arguments)
        return done.exit_code, done.output + str(done.exception or "")

    return run
