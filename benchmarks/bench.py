"""How long the line takes from raw file to feature, at any size of the demo department: `make bench`.

Belongs here: making a department, running the stages as `eis run` does but with a calendar of the benchmark's own, and
measuring them. Does not: what is measured (`eis`, dbt), the yardstick (`yardstick.py`), or a judgement (`README.md`).

Each stage runs in a process of its own, and is measured from when that is ready to begin, dbt loaded: the line has one
process for all, which loads dbt in the stage that parses. A further month begins where it does in the line, when that
process has just built the department model. Memory is the proportional set size of it, of what it starts and of the
whole PostgreSQL server, sampled twice a second: pages that processes share count once. Processor seconds are those of
the same processes; on a machine that does other work beside, they say more than the clock.
"""

import datetime as dt
import json
import multiprocessing
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Annotated, Any

import psutil
import psycopg
import typer
from rich.console import Console
from rich.table import Table

from eis.demo import generate
from eis.department import Calendar, Department, load_department
from eis.governance.schema import ensure_governance
from eis.ingest import load_raw_tables
from eis.postgres import Warehouse
from eis.settings import PROJECT, Settings
from eis.transform import DBT, dbt_environment
from eis.validation import load_suites, validate

LAST_DAY = dt.date(2026, 1, 1)
MEGABYTE = 1 << 20
SAMPLE_SECONDS = 0.5

# What the line's own builds select (dagster_project/defs/warehouse.py), labels apart: they are no features.
CORE = ("--select", "fqn:eis.staging", "+fqn:eis.core")
FEATURES = ("--select", "fqn:eis.events", "fqn:eis.features")
REFRESHED = ("--full-refresh", *FEATURES)
# What leaves about 400 features: calls, arrests, stops, force, complaints, hours, stress, vehicles and career.
FAMILIES_LEFT_OUT = (
    "feat_associates", "feat_claims", "feat_colleagues", "feat_history", "feat_peers", "feat_place", "feat_rates",
    "feat_unit", "feat_wellbeing",
)  # fmt: skip
LABELS = ("--select", "fqn:eis.labels")
WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
# Rows of a schema's tables; of features, those of officer_features.
ROWS = {
    "raw": "select sum(row_count) from raw._loads",
    "core": "select sum(n_live_tup) from pg_stat_user_tables where schemaname = 'core'",
    "features": "select count(*) from features.officer_features",
    "labels": "select count(*) from labels.officer_labels",
}


@dataclass(frozen=True)
class Stage:
    """One step of the line: what it is called, the method of `Bench` that does it, and the schema that it fills."""

    name: str
    call: str
    arguments: tuple[str, ...] = ()
    fills: str = ""
    is_counted: bool = False
    """Whether it stands between raw files and officer_features."""
    prepare: str = ""
    """The method of `Bench` that its process calls before it is measured."""


LINE = (
    Stage("Make the files", "generate"),
    Stage("Load raw tables", "load", fills="raw", is_counted=True),
    Stage("Check raw arrivals", "validate", ("demo",)),
    Stage("Parse the dbt project", "parse", is_counted=True),
    Stage("Build the department model", "build", CORE, fills="core", is_counted=True, prepare="load_dbt"),
    Stage("Build events and features", "build", REFRESHED, fills="features", is_counted=True, prepare="load_dbt"),
    Stage("Build labels", "build", LABELS, fills="labels", prepare="load_dbt"),
)
MONTH = Stage("One further month of features", "build", FEATURES, fills="features", prepare="build_core")
FEWER = Stage(
    "Events and fewer features anew", "build", (*REFRESHED, "--exclude", *FAMILIES_LEFT_OUT), "features",
    prepare="load_dbt",
)  # fmt: skip

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
CONSOLE = Console(width=140)
HOME = PROJECT / ".eis" / "benchmarks"
# What `Bench.load_dbt` has put into this process.
LOADED: dict[str, Any] = {}
Officers = Annotated[int, typer.Option(min=20, help="size of the department")]
Years = Annotated[int, typer.Option(min=1, help="years of history")]
EveryMonths = Annotated[int, typer.Option(min=1, max=6, help="months between as-of dates")]
Folder = Annotated[Path, typer.Option(help="folder for the raw files and the warehouse; several GB")]


@dataclass(frozen=True)
class Bench:
    """A department of this size in a folder of its own; raw files are kept from one benchmark to the next."""

    folder: Path
    officers: int
    years: int
    every_months: int

    @property
    def raw(self) -> Path:
        """Raw files of this size."""
        return self.folder / f"raw-{self.officers}-{self.years}"

    @property
    def settings(self) -> Settings:
        """Settings of the line that is measured."""
        return Settings(home=self.folder / "home", raw_path=self.raw, department="demo", database_url=None)

    @cached_property
    def warehouse(self) -> Warehouse:
        """The warehouse of the line that is measured."""
        return Warehouse(self.settings)

    @property
    def department(self) -> Department:
        """The demo department, with as-of dates from the first one on that can have facts."""
        first = dt.date(LAST_DAY.year - self.years, 1 + self.every_months, 1)
        calendar = Calendar(first_as_of=first, last_as_of=LAST_DAY, every_months=self.every_months)
        return load_department(self.settings).model_copy(update={"calendar": calendar})

    @property
    def variables(self) -> list[str]:
        """The department's variables, as arguments of dbt."""
        return ["--vars", json.dumps(self.department.dbt_vars())]

    def environment(self, dates_left_out: int = 0) -> dict[str, str]:
        """What dbt finds in the environment, without the last as-of dates if so wanted."""
        calendar = self.department.calendar
        calendar = calendar.model_copy(update={"last_as_of": calendar.as_of_dates[-1 - dates_left_out]})
        department = self.department.model_copy(update={"calendar": calendar})
        return dbt_environment(self.settings) | department.environment()

    def empty_warehouse(self) -> None:
        """Start the server with a database that has no tables but those of governance, which views read."""
        self.warehouse.start()
        with psycopg.connect(self.warehouse.server.url("postgres"), autocommit=True) as server:
            server.execute(f"drop database {self.warehouse.database}".encode())
        self.warehouse.start()
        ensure_governance(self.warehouse.url())

    def generate(self) -> None:
        """Make the raw files."""
        generate(self.raw, self.officers, self.years, until=LAST_DAY)

    def load(self) -> None:
        """Load the raw tables."""
        load_raw_tables(self.warehouse.url(), self.department, self.raw)

    def validate(self, folder: str) -> None:
        """Check the tables of one folder of suites."""
        shares = {name: table.quarantine_max_share for name, table in self.department.raw_tables.items()}
        validate(self.warehouse.url(), load_suites(PROJECT / "expectations" / folder), self.settings.state, shares)

    def parse(self) -> None:
        """What the line does when the project or the department's variables have changed."""
        self.run_dbt("parse")

    def forget_a_month(self) -> None:
        """Build features as they were before the last as-of date."""
        self.run_dbt("build", *WITHOUT_UNIT_TESTS, *FEATURES, dates_left_out=1)

    def run_dbt(self, *arguments: str, dates_left_out: int = 0) -> None:
        """One command of dbt, in a process of its own, without the last as-of dates if so wanted."""
        command, environment = [str(DBT), *arguments, *self.variables], self.environment(dates_left_out)
        done = subprocess.run(command, env=environment, cwd=PROJECT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stdout[-5000:] + done.stderr[-2000:])

    def load_dbt(self) -> None:
        """Import dbt into this process, and have it read the parsed project."""
        os.environ.update(self.environment())
        os.chdir(PROJECT)
        from dbt.cli.main import dbtRunner

        LOADED["manifest"] = dbtRunner().invoke(["--quiet", "parse", *self.variables]).result

    def build_core(self) -> None:
        """What the process of the line has done when it comes to features."""
        self.load_dbt()
        self.build(*CORE)

    def build(self, *options: str) -> None:
        """One dbt build with its tests by the dbt that this process has loaded, as the line runs it."""
        from dbt.cli.main import dbtRunner

        arguments = ["--quiet", "--no-write-json", "build", *WITHOUT_UNIT_TESTS, *options, *self.variables]
        outcome = dbtRunner(LOADED["manifest"]).invoke(arguments)
        if not outcome.success:
            raise SystemExit(str(outcome.exception or outcome.result))

    def count(self, query: str) -> int:
        """The one number that a query gives."""
        with psycopg.connect(self.warehouse.url()) as connection:
            return int((connection.execute(query.encode()).fetchone() or (0,))[0])

    def list_server(self) -> list[psutil.Process]:
        """PostgreSQL's processes."""
        postmaster = self.warehouse.server.find_postmaster()
        return [postmaster, *postmaster.children(recursive=True)] if postmaster else []


@dataclass(frozen=True)
class Measurement:
    """What one stage took."""

    stage: Stage
    seconds: float
    processor_seconds: float
    python_bytes: int
    server_bytes: int
    total_bytes: int
    rows: int
    disk_bytes: int


def measure(bench: Bench, stage: Stage) -> Measurement:
    """Run one stage, sampling the memory of its processes until it is done."""
    spawned = multiprocessing.get_context("spawn")
    is_ready = spawned.Event()
    heard, told = spawned.Pipe(duplex=False)
    child = spawned.Process(target=run_stage, args=(bench, stage, is_ready, told))
    child.start()
    told.close()
    worker = psutil.Process(child.pid)
    while child.is_alive() and not is_ready.wait(SAMPLE_SECONDS / 50):
        pass
    before = sum_processor_seconds(bench.list_server())
    python_peak, server_peak, total_peak = 0, 0, 0
    while not heard.poll(SAMPLE_SECONDS):
        own, server = sum_memory(list_family(worker)), sum_memory(bench.list_server())
        python_peak, server_peak = max(python_peak, own), max(server_peak, server)
        total_peak = max(total_peak, own + server)
    try:
        seconds, processor_seconds = heard.recv()
    except EOFError:
        raise SystemExit(f"{stage.name} failed.") from None
    processor_seconds += sum_processor_seconds(bench.list_server()) - before
    child.join()
    rows = bench.count(ROWS[stage.fills]) if stage.fills else 0
    disk = bench.count("select pg_database_size(current_database())")
    return Measurement(stage, seconds, processor_seconds, python_peak, server_peak, total_peak, rows, disk)


def run_stage(bench: Bench, stage: Stage, is_ready: Event, told: Connection) -> None:
    """The stage's work, in a process that tells how long it took, without how long itself takes to begin and to end."""
    if stage.prepare:
        getattr(bench, stage.prepare)()
    is_ready.set()
    started, before = time.monotonic(), sum(os.times()[:4])
    getattr(bench, stage.call)(*stage.arguments)
    told.send((time.monotonic() - started, sum(os.times()[:4]) - before))


def list_family(process: psutil.Process) -> list[psutil.Process]:
    """A process and all that it started; nothing once it has ended."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def sum_memory(processes: list[psutil.Process]) -> int:
    """Proportional set size, bytes; a process that has just ended counts nothing."""
    total = 0
    for process in processes:
        with suppress(psutil.Error):
            total += process.memory_full_info().pss
    return total


def sum_processor_seconds(processes: list[psutil.Process]) -> float:
    """Time on a processor, that of children which have ended included."""
    total = 0.0
    for process in processes:
        with suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def measure_line(bench: Bench, stages: Iterable[Stage]) -> list[Measurement]:
    """Run the stages one after the other in an empty warehouse, saying how each went."""
    bench.empty_warehouse()
    found = []
    for stage in stages:
        found.append(measure(bench, stage))
        CONSOLE.log(f"{stage.name}: {found[-1].seconds:.1f} s, load average {os.getloadavg()[0]:.1f}")
    return found


def in_megabytes(size: int) -> str:
    """Bytes for a table."""
    return f"{size // MEGABYTE:,}"


def print_table(bench: Bench, found: list[Measurement]) -> None:
    """The measurements, with what stands between raw files and officer_features added up."""
    dates = len(bench.department.calendar.as_of_dates)
    title = f"{bench.officers:,} officers, {bench.years} years, {dates} as-of dates"
    table = Table("stage", title=title)
    for column in ("rows", "seconds", "processor s", "Python MB", "PostgreSQL MB", "both MB", "database MB"):
        table.add_column(column, justify="right")
    for one in found:
        table.add_row(
            one.stage.name, f"{one.rows:,}" if one.rows else "", f"{one.seconds:.1f}", f"{one.processor_seconds:.1f}",
            *map(in_megabytes, (one.python_bytes, one.server_bytes, one.total_bytes, one.disk_bytes)),
        )  # fmt: skip
    counted = [one for one in found if one.stage.is_counted]
    table.add_section()
    table.add_row(
        "Raw files to officer_features", "", f"{sum(one.seconds for one in counted):.1f}",
        f"{sum(one.processor_seconds for one in counted):.1f}", "", "",
        f"{max((one.total_bytes for one in counted), default=0) // MEGABYTE:,}",
    )  # fmt: skip
    CONSOLE.print(table)
    catalogued = "select count(*) from features.feature_catalog where is_available"
    left_out = ", ".join(f"'{model}'" for model in FAMILIES_LEFT_OUT)
    fewer = bench.count(f"{catalogued} and 'feat_' || family not in ({left_out})")
    CONSOLE.print(
        f"{bench.count(catalogued)} features; fewer are {fewer}."
        f" Machine: {os.cpu_count()} processors, {psutil.virtual_memory().total >> 30} GB,"
        f" {platform.machine()}. Load average at the end: {os.getloadavg()[0]:.1f}."
    )


@app.command()
def line(
    officers: Officers = 2_000,
    years: Years = 8,
    every_months: EveryMonths = 1,
    folder: Folder = HOME,
    checks: bool = True,
) -> None:
    """Measure every stage from nothing, then one further month, then a build of fewer features.

    Example: `make bench`, or `python benchmarks/bench.py line --officers 500`
    """
    bench = Bench(folder.resolve(), officers, years, every_months)
    stages = [stage for stage in LINE if checks or stage.call != "validate"]
    found = measure_line(bench, stages)
    bench.forget_a_month()
    found += [measure(bench, stage) for stage in (MONTH, FEWER)]
    print_table(bench, found)
    bench.warehouse.stop()


@app.command()
def month(
    officers: Officers = 2_000,
    years: Years = 8,
    every_months: EveryMonths = 1,
    folder: Folder = HOME,
    times: Annotated[int, typer.Option(min=1, help="how often")] = 7,
) -> None:
    """Measure the further month several times, after `line` of the same size.

    Example: `python benchmarks/bench.py month --times 3`
    """
    bench = Bench(folder.resolve(), officers, years, every_months)
    bench.warehouse.start()
    found = []
    for _ in range(times):
        bench.forget_a_month()
        found.append(measure(bench, MONTH))
        CONSOLE.log(f"{found[-1].seconds:.1f} s, {found[-1].processor_seconds:.1f} processor seconds")
    seconds = [one.seconds for one in found]
    least, middle, most = min(seconds), statistics.median(seconds), max(seconds)
    CONSOLE.print(f"{MONTH.name}, {times} times: {least:.1f} to {most:.1f} s, the median {middle:.1f}.")
    bench.warehouse.stop()


@app.command()
def growth(
    officers: Officers = 2_000, years: Years = 8, every_months: EveryMonths = 1, folder: Folder = HOME, times: int = 4
) -> None:
    """Measure the counted stages at one size and at a multiple of it.

    Example: `python benchmarks/bench.py growth --officers 500`
    """
    stages = [stage for stage in LINE if stage.is_counted or stage.call == "generate"]
    sums = []
    for size in (officers, times * officers):
        bench = Bench(folder.resolve(), size, years, every_months)
        found = measure_line(bench, stages)
        print_table(bench, found)
        bench.warehouse.stop()
        sums.append([one for one in found if one.stage.is_counted])
    for what in ("seconds", "processor_seconds"):
        small, large = (sum(getattr(one, what) for one in found) for found in sums)
        CONSOLE.print(f"{times} times the officers: {large / small:.2f} times the {what.replace('_', ' ')}")


if __name__ == "__main__":
    app()
