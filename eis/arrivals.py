"""Noticing delivered files: which have arrived whole, and which of them are not loaded yet.

Belongs here: looking at the folder of raw files, cheaply and again and again. Does not: loading (`eis.ingest`), or the
sensor that calls this (`dagster_project.automation`).

A file counts as whole once two looks in a row find it with the same size and time of change, so a copy that is still
being written waits. It is new if its content is not what its table was loaded from: touching a file, or delivering the
same one again, is nothing new. Content is hashed only after size or time have changed.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from eis.department import RawTable
from eis.errors import EisError
from eis.ingest import find_file, hash_file


@dataclass(frozen=True)
class Sight:
    """A file as it was at one look; `sha256` is empty until it has been the same twice."""

    size: int
    changed_ns: int
    sha256: str = ""


@dataclass(frozen=True)
class Load:
    """What a raw table holds now."""

    sha256: str
    loaded_at: dt.datetime


@dataclass(frozen=True)
class Arrivals:
    """What one look found, by raw table."""

    sights: dict[str, Sight]
    missing: dict[str, str]

    @property
    def unfinished(self) -> list[str]:
        """Tables whose files may still be being written."""
        return sorted(name for name, sight in self.sights.items() if not sight.sha256)

    def list_new(self, loads: Mapping[str, Load]) -> list[str]:
        """Tables whose files are whole, and are not those that they were loaded from."""
        loaded = {(name, load.sha256) for name, load in loads.items()}
        return sorted(n for n, sight in self.sights.items() if sight.sha256 and (n, sight.sha256) not in loaded)

    def identify(self, loads: Mapping[str, Load]) -> str:
        """The same for the same contents over the same loads, in whatever order and at whatever time they came.

        Earlier files that are put back over later ones are therefore a delivery of their own.
        """
        to = [f"{name} {sight.sha256}" for name, sight in sorted(self.sights.items())]
        over = [f"{name} {load.loaded_at.timestamp()}" for name, load in sorted(loads.items())]
        return hashlib.sha256("\n".join([*to, "", *over]).encode()).hexdigest()[:16]


def look(folder: Path, tables: Mapping[str, RawTable], last: Mapping[str, Sight]) -> Arrivals:
    """Look at the folder; `last` is what the look before saw."""
    sights, missing = {}, {}
    for name, table in tables.items():
        try:
            path = find_file(folder, table.file)
            sights[name] = _look_at(path, last.get(name))
        except (EisError, FileNotFoundError) as error:  # gone between being found and being read, or not there at all
            missing[name] = str(error)
    return Arrivals(sights, missing)


def _look_at(path: Path, last: Sight | None) -> Sight:
    found = path.stat()
    if last is None or (found.st_size, found.st_mtime_ns) != (last.size, last.changed_ns):
        return Sight(found.st_size, found.st_mtime_ns)
    if last.sha256:
        return last
    return Sight(last.size, last.changed_ns, hash_file(path))


def read_loads(url: str) -> dict[str, Load]:
    """Raw table -> what it holds now; empty before the first load."""
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("select to_regclass('raw._loads')").fetchone() == (None,):
            return {}
        rows = connection.execute("select table_name, sha256, loaded_at from raw._loads").fetchall()
    return {name: Load(sha256, loaded_at) for name, sha256, loaded_at in rows}
