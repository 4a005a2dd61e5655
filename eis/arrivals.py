"""Noticing delivered files: which have arrived whole, and which of them are not loaded yet.

Belongs here: looking at the folder of raw files, cheaply and again and again. Does not: loading (`eis.ingest`), or the
sensor that calls this (`dagster_project.automation`).

A file counts as whole once two looks in a row find it with the same size and time of change, so a copy that is still
being written waits. It is new if its content is not what its table was loaded from: touching a file, or delivering the
same one again, is nothing new. Content is hashed only after size or time have changed.
"""

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
class Arrivals:
    """What one look found, by raw table."""

    sights: dict[str, Sight]
    missing: dict[str, str]

    @property
    def unfinished(self) -> list[str]:
        """Tables whose files may still be being written."""
        return sorted(name for name, sight in self.sights.items() if not sight.sha256)

    def list_new(self, loaded: Mapping[str, str]) -> list[str]:
        """Tables whose files are whole, and are not those that they were loaded from."""
        return sorted(n for n, sight in self.sights.items() if sight.sha256 and sight.sha256 != loaded.get(n))

    def identify(self) -> str:
        """The same for the same contents, in whatever order and at whatever time they came."""
        contents = "\n".join(f"{name} {sight.sha256}" for name, sight in sorted(self.sights.items()))
        return hashlib.sha256(contents.encode()).hexdigest()[:16]


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


def read_loaded(url: str) -> dict[str, str]:
    """Raw table -> hash of the file that it was loaded from; empty before the first load."""
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("select to_regclass('raw._loads')").fetchone() == (None,):
            return {}
        return dict(connection.execute("select table_name, sha256 from raw._loads").fetchall())
