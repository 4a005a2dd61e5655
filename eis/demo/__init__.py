"""The synthetic department `demo`: raw files as its source systems would export them, at any size, from a seed.

`generate` is the whole interface. Nothing here reads or writes a database, and nothing after the raw files knows that
they are synthetic.
"""

import gzip
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv

from eis.demo.columns import DAY
from eis.demo.exports import DIRT, Numbers, soil, write_events, write_personnel
from eis.demo.life import live
from eis.demo.world import build_world
from eis.errors import EisError

VERSION = 4
"""Raised with every change of the generator that changes a byte of its files."""

MANIFEST = "manifest.json"
COMPRESSED = ("payroll_shifts", "cad_dispatches", "rms_stops", "rms_arrests")
OFFICERS_A_CHUNK = 1_000
SMALLEST = 20


def generate(
    folder: Path, officers: int = 1_000, years: int = 8, seed: int = 7, until: date = date(2026, 1, 1)
) -> dict[str, int]:
    """Write the raw files of a department of `officers`, as exported at the start of the day `until`.

    The same parameters give the same bytes, and a folder that already holds them is left alone. The files appear all
    at once or not at all.

    Returns:
        Rows of each file.

    Raises:
        EisError: too small a department to be one, or the folder holds something else.
    """
    if officers < SMALLEST or years < 1:
        raise EisError(f"A demo department needs at least {SMALLEST} officers and 1 year, not {officers} and {years}.")
    parameters = {"version": VERSION, "officers": officers, "years": years, "seed": seed, "until": until.isoformat()}
    manifest = folder / MANIFEST
    if manifest.exists():
        held = json.loads(manifest.read_text(encoding="utf-8"))
        if held["parameters"] == parameters:
            return dict(held["rows"])
    elif folder.exists() and any(folder.iterdir()):
        raise EisError(f"{folder} holds files that the demo did not make. Name an empty folder, or empty this one.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        work.chmod(0o755)
        written = write_files(work, tables(officers, years, seed, until))
        text = json.dumps({"parameters": parameters, "rows": written}, indent=2)
        (work / MANIFEST).write_text(text + "\n", encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return written


def tables(officers: int, years: int, seed: int, until: date) -> Iterator[tuple[str, pa.Table]]:
    """Parts of the files, a chunk of officers at a time, so that memory does not grow with the department."""
    end = np.datetime64(until, "D")
    start = (end.astype("datetime64[M]") - 12 * years).astype(DAY)
    root = np.random.SeedSequence(seed)
    random = np.random.default_rng(root.spawn(1)[0])
    world = build_world(random, officers, start, end)
    for name, table in write_personnel(world, random):
        yield name, soil(table, DIRT[name], random)
    numbers = Numbers(world.people)
    everyone = np.arange(len(world.people["hired"]))
    chunks = np.array_split(everyone, -(-len(everyone) // OFFICERS_A_CHUNK))
    for members, chunk_seed in zip(chunks, root.spawn(len(chunks)), strict=True):
        random = np.random.default_rng(chunk_seed)
        for name, table in write_events(numbers, live(world, members, random), random):
            yield name, soil(table, DIRT[name], random)


def write_files(folder: Path, parts: Iterator[tuple[str, pa.Table]]) -> dict[str, int]:
    """Append each part to its file; rows written of each."""
    written: Counter[str] = Counter()
    with ExitStack() as stack:
        files: dict[str, BinaryIO | Any] = {}
        for name, table in parts:
            is_new = name not in files
            if is_new:
                files[name] = stack.enter_context(open_file(folder, name, stack))
            csv.write_csv(table, files[name], csv.WriteOptions(include_header=is_new, quoting_style="none"))
            written[name] += table.num_rows
    return dict(sorted(written.items()))


def open_file(folder: Path, name: str, stack: ExitStack) -> BinaryIO | Any:
    """A file to write to; compressed without name and time, which would make equal content unequal."""
    if name not in COMPRESSED:
        return (folder / f"{name}.csv").open("wb")
    plain = stack.enter_context((folder / f"{name}.csv.gz").open("wb"))
    return gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=plain, mtime=0)
