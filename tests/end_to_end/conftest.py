"""The lines that end-to-end tests share, each built once."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from place import Built, Place

from eis.demo import generate

OFFICERS = 160


def run_first(place: Place) -> Built:
    """The line after a run from nothing."""
    began = time.monotonic()
    done = place.run("run")
    assert done.returncode == 0, done.stdout
    return Built(place, done.stdout, time.monotonic() - began)


@pytest.fixture(scope="session")
def demo_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Raw files of a small demo department; tests that change them take a copy."""
    folder = tmp_path_factory.mktemp("demo") / "raw"
    generate(folder, OFFICERS)
    return folder


@pytest.fixture(scope="session")
def demo(make_home: Callable[[], Path], demo_files: Path) -> Built:
    """The whole line on the small demo department."""
    return run_first(Place(make_home(), demo_files, "demo"))
