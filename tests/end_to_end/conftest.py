"""The lines that end-to-end tests share, each built once."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from chicago import write_slice
from place import Built, Place, run_first

from eis.demo import generate
from eis.settings import PROJECT

OFFICERS = 160
SLICE = 10  # one officer of Chicago in so many


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


@pytest.fixture(scope="session")
def chicago_files() -> Path:
    """The published files of Chicago, which are not part of the project."""
    folder = Path(os.environ.get("EIS_CHICAGO_PATH") or PROJECT.parent / "shared" / "data" / "chicago_cpdp_2018")
    if not folder.is_dir():
        pytest.skip(
            f"{folder} is not there. Set EIS_CHICAGO_PATH to a folder with Chicago's published files;"
            " departments/chicago/README.md says where the publisher keeps them."
        )
    return folder


@pytest.fixture(scope="session")
def chicago_slice(
    make_home: Callable[[], Path], chicago_files: Path, tmp_path_factory: pytest.TempPathFactory
) -> Built:
    """The whole line on some of Chicago's officers, with everything that belongs to them."""
    place = Place(make_home(), tmp_path_factory.mktemp("chicago") / "raw", "chicago")
    write_slice(chicago_files, place.raw, place.configuration, SLICE)
    return run_first(place)
