"""Noticing delivered files: half-written ones wait, and only new contents count."""

import os
from pathlib import Path

import pytest

from eis.arrivals import Arrivals, look, read_loads
from eis.department import RawTable
from eis.ingest import load_raw_table

TABLES = {name: RawTable(file=f"{name}.csv", columns=["id"]) for name in ("arrests", "stops")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in TABLES:
        (tmp_path / f"{name}.csv").write_text("id\n1\n")
    return tmp_path


def look_again(folder: Path, before: Arrivals | None = None, times: int = 1) -> Arrivals:
    for _ in range(times):
        before = look(folder, TABLES, before.sights if before else {})
    assert before
    return before


def test_a_file_counts_once_two_looks_find_it_the_same(folder: Path) -> None:
    first = look_again(folder)
    assert (first.unfinished, first.list_new({})) == (["arrests", "stops"], [])
    second = look_again(folder, first)
    assert (second.unfinished, second.list_new({})) == ([], ["arrests", "stops"])


def test_a_file_that_grows_waits(folder: Path) -> None:
    seen = look_again(folder, times=2)
    with (folder / "stops.csv").open("a") as file:
        for row in ("2", "3"):
            file.write(f"{row}\n")
            file.flush()
            seen = look_again(folder, seen)
            assert seen.unfinished == ["stops"]
    assert look_again(folder, seen).unfinished == []


def test_what_is_loaded_is_nothing_new_however_often_it_is_delivered(folder: Path, server_url: str) -> None:
    for name, table in TABLES.items():
        load_raw_table(server_url, name, table, folder)
    loads = read_loads(server_url)
    seen = look_again(folder, times=2)
    assert seen.list_new(loads) == []
    os.utime(folder / "stops.csv", (1, 1))
    (folder / "arrests.csv").write_text("id\n1\n2\n")
    changed = look_again(folder, seen, times=2)
    assert changed.list_new(loads) == ["arrests"]
    assert changed.identify(loads) != seen.identify(loads)


def test_the_same_contents_are_the_same_delivery(folder: Path) -> None:
    before = look_again(folder, times=2).identify({})
    os.utime(folder / "stops.csv", (1, 1))
    assert look_again(folder, times=2).identify({}) == before


def test_a_file_that_is_put_back_is_a_delivery_of_its_own_each_time(folder: Path, server_url: str) -> None:
    """Dagster runs a delivery once; the right file must be loaded again over a faulty one, however often that was."""
    known = set()
    for content in ("id\n1\n", "id\nfaulty\n") * 2:
        (folder / "stops.csv").write_text(content)
        seen = look_again(folder, times=2)
        loads = read_loads(server_url)
        known.add(seen.identify(loads))
        load_raw_table(server_url, "stops", TABLES["stops"], folder)
    assert len(known) == 4


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "stops.csv").unlink()
    seen = look_again(folder, times=2)
    assert "stops.csv: the file is missing" in seen.missing["stops"]
