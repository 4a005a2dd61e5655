"""Fixtures that several folders of tests share: homes of their own, and a server with an empty warehouse."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import rmtree

import pytest

from eis.postgres import EmbeddedServer, Warehouse
from eis.settings import Settings


@pytest.fixture(scope="session")
def make_home() -> Iterator[Callable[[], Path]]:
    """Make a folder for EIS_HOME; at the end its server is stopped and the folder removed."""
    homes: list[Path] = []

    def make() -> Path:
        home = Path(tempfile.mkdtemp(prefix="eis-test-"))  # shorter than pytest's own: a socket's path is limited
        home.chmod(0o755)
        homes.append(home)
        return home

    yield make
    for home in homes:
        EmbeddedServer(home / "postgres").stop()
        rmtree(home)


@pytest.fixture(scope="session")
def server_home(make_home: Callable[[], Path]) -> Path:
    """The home of the server that tests share."""
    return make_home()


@pytest.fixture(scope="session")
def server_url(server_home: Path) -> str:
    """A running warehouse, the demo department's; whoever uses it drops the schemas that matter to the test first."""
    warehouse = Warehouse(Settings(home=server_home, department="demo", database_url=None))
    warehouse.start()
    return warehouse.url()
