"""Faults on purpose: the line is struck again and again, and has to come out as if it had not been.

A small department is run on one delivery. A trial then begins from that state with the next delivery: a run is struck
with one of STRIKES at a random moment, or in the middle of its publication, and so is the run after it, until one lives
through its strike. After each strike what is published has to be wholly the old or wholly the new, with every table
there and readable. A last run is left alone, and has to give in every table what an undisturbed one gives.

    make faults                                                                 # 20 strikes
    .venv/bin/python tests/end_to_end/fault_injection.py --strikes 100 --seed 7

Belongs here: striking and judging. Does not: single faults with words of their own (`test_faults.py`).
"""

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from place import Place
from psycopg import sql

from eis.demo import generate
from eis.demo.configuration import configure
from eis.department import CORE_TABLES
from eis.errors import EisError
from eis.postgres import EmbeddedServer

OFFICERS, YEARS = 80, 6
# One outcome, two replays, one window, four kinds of events: every stage has something to do, and little of it.
SUPPLIED = ("officers", "assignments", "ranks", "complaints", "uses_of_force", "training", "commendations")
DEPARTMENT = {
    "absent_tables": {table: "Left out, to be quick." for table in CORE_TABLES if table not in SUPPLIED},
    "outcomes": [
        {
            "name": "complaint",
            "description": "At least one allegation received in the window.",
            "table": "complaints",
            "dated_by": "reported_on",
            "known_by": "known_on",
        }
    ],
    "threshold_rules": [{"name": "complaints_3", "feature": "complaints_reported_12m", "at_least": 3}],
    "calendar": {"first_as_of": "2021-01-01"},
    "labels": {"horizons_months": [12]},
    "backtest": {
        "train_from": "2021-01-01",
        "train_every_months": 6,
        "test_dates": {"complaint": ["2023-01-01", "2024-01-01"]},
    },
}
POLICY = {
    "lists": {"outcome": "complaint", "capacity": 10},
    # So few officers teach little; every delivery is to be published all the same.
    "publication": {"performance": {"min_ratio_to_best_baseline": 0}, "drift": {"max_score_psi": 100}},
}

DATABASE, BEFORE = "eis_demo", "eis_before"  # the line's, and the database as it was before the run that is struck
DISK_MB = 3_000
FULL_SECONDS = 30  # somebody frees space after so long
SLOWEST_SECONDS = 1_800
POLL_SECONDS = 0.2
FIRST_SECONDS = 5
ALONG_THE_WAY = 0.7  # share of strikes at a random moment; the others strike while the run publishes
WHILE_PUBLISHING = "while publishing"

# What a run writes that is about the run, not about the department: when it was, and numbers that are counted up. The
# files of models hold addresses in memory and times, so that not they but what the models say is compared.
OF_THE_RUN = (
    r"^(raw\..*\.(_loaded|loaded)_at|(ml|explanations|scores|monitoring)\..*(_at|\.list_id|\.decision_no)"
    r"|ml\.(artefacts|refits|reports)\.(content|sha256)|ml\.models\.artefact_sha256"
    r"|scores\.officer_score_reasons\.n_evidence)$"  # counts the rows of officer_score_evidence
)
TABLES_OF_THE_RUN = ("monitoring.stage_runs", "monitoring.validation_results", "monitoring.data_quality")
# Of a list that stands these say what is known today: records that the department still holds, and the latest replay. A
# run changes each of them at once, some time before it publishes.
OF_TODAY = ("scores.officer_score_evidence", "scores.list_track_record")
PUBLISHED = ("scores",)
SETTLED = ("raw", "core", "events", "features", "labels", "ml", "explanations", "scores", "monitoring")

State = dict[str, tuple[int, object]]
Strike = Callable[["Arena", subprocess.Popen[str]], None]
# A strike and after how many seconds of a run; none while it publishes.
Plan = tuple[Strike, float | None]


@dataclass(frozen=True)
class Arena:
    """The line that is struck, and its two deliveries."""

    place: Place
    first: Path
    second: Path

    @property
    def server(self) -> EmbeddedServer:
        return EmbeddedServer(self.place.home / "postgres")

    def deliver(self, folder: Path) -> None:
        """Put a delivery where the line finds it."""
        shutil.copytree(folder, self.place.raw, dirs_exist_ok=True)

    def remember(self) -> None:
        """Keep the database as the one to begin from."""
        self._copy(DATABASE, BEFORE)

    def begin_anew(self) -> None:
        """Everything as after the first delivery, and the second one delivered."""
        self.server.start()
        self._copy(BEFORE, DATABASE)
        self.deliver(self.second)

    def _copy(self, source: str, target: str) -> None:
        with psycopg.connect(self.server.url("postgres"), autocommit=True) as connection:
            names = [sql.Identifier(name) for name in (target, source)]
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(names[0]))
            connection.execute(sql.SQL("create database {} template {} strategy file_copy").format(*names))
            connection.execute("checkpoint")


# Strikes


def kill_the_run(_: Arena, process: subprocess.Popen[str]) -> None:
    """As `kill -9` does: the run is gone, and what it started goes on for a while."""
    process.kill()


def kill_the_run_and_all_it_started(_: Arena, process: subprocess.Popen[str]) -> None:
    """As the end of a session or of a container does."""
    os.killpg(process.pid, signal.SIGKILL)


def interrupt_the_run(_: Arena, process: subprocess.Popen[str]) -> None:
    """As Ctrl-C does."""
    os.killpg(process.pid, signal.SIGINT)


def kill_the_server(arena: Arena, _: subprocess.Popen[str]) -> None:
    """As the kernel does when memory runs out."""
    if server := arena.server.find_postmaster():
        server.kill()


def stop_the_server_at_once(arena: Arena, _: subprocess.Popen[str]) -> None:
    """As a power cut does to PostgreSQL: nothing is written down any more; whoever needs it starts it."""
    if server := arena.server.find_postmaster():
        server.send_signal(signal.SIGQUIT)


def restart_the_server(arena: Arena, _: subprocess.Popen[str]) -> None:
    """As an administrator does."""
    arena.server.stop()
    arena.server.start()


def end_the_connections(arena: Arena, _: subprocess.Popen[str]) -> None:
    """As an administrator does who wants somebody out: of all but the connection that only holds the turn."""
    with psycopg.connect(arena.server.url("postgres"), autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = 'eis_demo' and application_name <> 'eis run'"
        )


def fill_the_disk(arena: Arena, process: subprocess.Popen[str]) -> None:
    """Not a byte is left where the server lies; after a while somebody frees space."""
    ballast = arena.place.home / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 20))
    with suppress(subprocess.TimeoutExpired):
        process.wait(FULL_SECONDS)
    ballast.unlink()


STRIKES: tuple[Strike, ...] = (
    kill_the_run,
    kill_the_run_and_all_it_started,
    interrupt_the_run,
    kill_the_server,
    stop_the_server_at_once,
    restart_the_server,
    end_the_connections,
    fill_the_disk,
)


# Judging


@dataclass
class Tally:
    """What came of the strikes."""

    told: dict[str, Counter[str]] = field(default_factory=dict)
    trials: list[bool] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def count(self, strike: str, *findings: str) -> None:
        self.told.setdefault(strike, Counter()).update(["strikes", *findings])

    def describe(self) -> str:
        """A table for the docs."""
        columns = ("strikes", WHILE_PUBLISHING, "run survived", "old lists", "new lists")
        lines = [f"| strike | {' | '.join(columns)} |", "|---|" + "---|" * len(columns)]
        everything: Counter[str] = sum(self.told.values(), Counter())
        for name, counts in [*sorted(self.told.items()), ("**all**", everything)]:
            lines.append(f"| {name} | {' | '.join(str(counts[column]) for column in columns)} |")
        ended = f"{sum(self.trials)} of {len(self.trials)} trials ended with every table as undisturbed"
        return "\n".join([*lines, "", f"{ended}; violations: {len(self.violations)}", *self.violations])


def look(arena: Arena, schemas: tuple[str, ...]) -> State:
    """Table -> rows and their checksum, whatever their order, without what is about the run."""
    arena.server.start()
    with psycopg.connect(arena.place.url()) as connection:
        columns = connection.execute(
            "select table_schema || '.' || table_name, array_agg(quote_ident(column_name) order by column_name)"
            " from information_schema.columns where table_schema = any(%s)"
            " and concat_ws('.', table_schema, table_name, column_name) !~ %s group by 1 order by 1",
            [list(schemas), OF_THE_RUN],
        ).fetchall()
        return {
            table: connection.execute(
                f"select count(*), sum(cast(hashtextextended(cast(row({', '.join(names)}) as text), 0) as numeric))"
                f" from {table}".encode()
            ).fetchone()
            for table, names in columns
            if table not in TABLES_OF_THE_RUN and not table.endswith(("__dbt_tmp", "__dbt_backup"))
        }


def find_differences(found: State, expected: State) -> list[str]:
    """Tables that are not as they should be, or not there, with how many rows they have and should have."""
    return sorted(
        f"{table} ({found.get(table, none)[0]} rows, {expected.get(table, none)[0]} expected)"
        for none in [(0, None)]
        for table in found.keys() | expected.keys()
        if found.get(table) != expected.get(table)
    )


def read_as_bi(arena: Arena) -> list[str]:
    """Tables of the published schema that BI may not read."""
    arena.server.start()
    with psycopg.connect(arena.place.url()) as connection:
        rows = connection.execute(
            "select relname from pg_class join pg_namespace on pg_namespace.oid = relnamespace"
            " where nspname = 'scores' and relkind in ('r', 'v') and relname !~ '__dbt_'"
            " and not has_table_privilege('eis_bi', pg_class.oid, 'select') order by 1"
        ).fetchall()
    return [name for (name,) in rows]


def run_whole(arena: Arena) -> float:
    """A run that is left alone; its seconds."""
    began = time.monotonic()
    done = arena.place.run("run", timeout=SLOWEST_SECONDS)
    if done.returncode:
        raise EisError(done.stdout)
    return time.monotonic() - began


def strike_at(arena: Arena, strike: Strike, seconds: float) -> tuple[int, str] | None:
    """Start a run and strike it after so many seconds; exit code and words, none if it was over before."""
    process = arena.place.start("run")
    words = follow(process)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        strike(arena, process)
        process.wait(SLOWEST_SECONDS)
        return process.returncode, words()
    return None


def strike_while_publishing(arena: Arena, strike: Strike) -> tuple[int, str] | None:
    """Strike a run whose transaction has written its decision and is about to write the scores."""
    bystander = hold_up_publication(arena)
    process = arena.place.start("run")
    words = follow(process)
    if not await_publication(arena, process):
        return None
    if strike is fill_the_disk:  # a full disk does nothing to somebody who waits
        threading.Timer(1, bystander.close).start()
    strike(arena, process)
    bystander.close()
    process.wait(SLOWEST_SECONDS)
    return process.returncode, words()


def run_watched(arena: Arena) -> tuple[float, State]:
    """A run that is left alone: its seconds, and what was published just before it published."""
    bystander = hold_up_publication(arena)
    began = time.monotonic()
    process = arena.place.start("run")
    words = follow(process)
    if not await_publication(arena, process):
        raise EisError(words())
    before = look(arena, PUBLISHED)
    bystander.close()
    if process.wait(SLOWEST_SECONDS):
        raise EisError(words())
    return time.monotonic() - began, before


def hold_up_publication(arena: Arena) -> psycopg.Connection:
    """Nobody can write published scores until this connection is closed."""
    bystander = psycopg.connect(arena.place.url())
    bystander.execute("lock table governance.published_scores in share mode")
    return bystander


def await_publication(arena: Arena, process: subprocess.Popen[str]) -> bool:
    """Wait until the run is held up; false if it ended before."""
    with psycopg.connect(arena.place.url(), autocommit=True) as watcher:
        while not is_waiting(watcher):
            if process.poll() is not None:
                return False
            time.sleep(POLL_SECONDS)
    return True


def is_waiting(watcher: psycopg.Connection) -> bool:
    """Whether somebody waits to write published scores."""
    waiting = watcher.execute(
        "select from pg_locks where relation = cast('governance.published_scores' as regclass) and not granted"
    )
    return waiting.rowcount > 0


def follow(process: subprocess.Popen[str]) -> Callable[[], str]:
    """Read along, so that the run never waits for a reader; what it said, once it has ended."""
    assert process.stdout
    stream, lines = process.stdout, list[str]()
    reader = threading.Thread(target=lambda: lines.extend(stream), daemon=True)
    reader.start()

    def wait() -> str:
        reader.join(60)
        return "".join(lines)

    return wait


@dataclass(frozen=True)
class Trial:
    """One way from the first delivery to the second: strikes, one after the other, and a run that is left alone."""

    arena: Arena
    old: State
    standing: State
    new: State
    settled: State
    tally: Tally
    tell: Callable[[str], None]

    def undergo(self, planned: Sequence[Plan]) -> Sequence[Plan]:
        """Each run goes on where the one before was struck, until one survives; which strikes are left for the next."""
        self.arena.begin_anew()
        code, n_done = 1, 0
        while code and n_done < len(planned):
            strike, moment = planned[n_done]
            ended = strike_at(self.arena, strike, moment) if moment else strike_while_publishing(self.arena, strike)
            if ended is None:  # what was left to do was over before the strike
                break
            code, n_done = ended[0], n_done + 1
            self.judge(strike, f"after {moment:.0f} s" if moment else WHILE_PUBLISHING, *ended)
        run_whole(self.arena)
        wrong = find_differences(look(self.arena, SETTLED), self.settled)
        self.tally.trials.append(not wrong)
        if wrong:
            self.tally.violations.append(f"trial {len(self.tally.trials)}: {', '.join(wrong)} are not as undisturbed")
        self.tell(f"Trial {len(self.tally.trials)}: {wrong or 'every table as undisturbed'}")
        return planned[n_done:]

    def judge(self, strike: Strike, when: str, code: int, words: str) -> None:
        """What is published after a strike, and what the run said."""
        found, faults = look(self.arena, PUBLISHED), []
        today = {table: self.standing[table] for table in OF_TODAY if found.get(table) == self.standing[table]}
        is_old, is_new = not find_differences(found, self.old | today), not find_differences(found, self.new)
        if not (is_old or is_new):
            differing = ", ".join(find_differences(found, self.old)), ", ".join(find_differences(found, self.new))
            faults.append(f"published is neither old ({differing[0]}) nor new ({differing[1]})")
        if unreadable := read_as_bi(self.arena):
            faults.append(f"BI may not read {', '.join(unreadable)}")
        if "Traceback" in words and strike is not interrupt_the_run:  # Dagster's watcher of orphans dies with one
            faults.append(f"a traceback instead of words: {words[-2000:]}")
        name = strike.__name__.replace("_", " ")
        self.tally.count(
            name,
            *[WHILE_PUBLISHING] * (when == WHILE_PUBLISHING),
            *["run survived"] * (code == 0),
            *["old lists"] * is_old,
            *["new lists"] * is_new,
        )
        self.tally.violations += [f"{name} {when}: {fault}" for fault in faults]
        said = [line for line in words.splitlines() if line.strip()]
        published = "old" if is_old else "new" if is_new else "neither"
        self.tell(
            f"  {name} {when}: exit {code}, {published} lists, {faults or 'well'}; {said[-2:] if code > 0 else ''}"
        )


def inject(arena: Arena, strikes: int, seed: int, kinds: tuple[Strike, ...], tell: Callable[[str], None]) -> Tally:
    """Strike as often as asked for, each kind about as often."""
    chance = random.Random(seed)  # noqa: S311
    old = look(arena, PUBLISHED)
    arena.remember()
    arena.begin_anew()
    seconds, standing = run_watched(arena)
    if changed := find_differences(standing, old | {table: standing[table] for table in OF_TODAY}):
        raise EisError(f"The old list did not stand until the new one was published: {', '.join(changed)}")
    new, settled = look(arena, PUBLISHED), look(arena, SETTLED)
    if not find_differences(old, new):
        raise EisError("The second delivery publishes nothing new.")
    tell(f"An undisturbed run: {seconds:.0f} s. Compared after each trial: {len(settled)} tables.")
    trial = Trial(arena, old, standing, new, settled, Tally(), tell)
    dealt: list[Strike] = []
    while len(dealt) < strikes:
        dealt += chance.sample(kinds, len(kinds))
    moments = [chance.uniform(FIRST_SECONDS, seconds / 2) if chance.random() < ALONG_THE_WAY else None for _ in dealt]
    planned: Sequence[Plan] = list(zip(dealt, moments, strict=True))[:strikes]
    while planned:
        planned = trial.undergo(planned)
    return trial.tally


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A file system of its own for the folder, where this system lets us mount one."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=755", "tmpfs", folder], capture_output=True, check=False
    )
    try:
        yield mounted.returncode == 0
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", folder], check=True)


def change(folder: Path) -> None:
    """Another delivery of the same department: the latest complaints, force reports and shifts are there no more.

    Labels, features and scores move by that, and the models that were trained on the first delivery do not hold.
    """
    path = folder / "ia_allegations.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    changed = [re.sub(",Not Sustained,", ",Sustained,", line) if n % 3 == 1 else line for n, line in enumerate(lines)]
    # A tenth of the complaints is taken back.
    path.write_text("".join(line for n, line in enumerate(changed) if n == 0 or n % 10), encoding="utf-8")


def main() -> int:
    """Make a small department, strike its line, and print the tally; 1 if a table was ever wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strikes", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    # What is started in the background may ignore Ctrl-C, and so would all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="eis-faults-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in ("home", "raw"):
            (folder / part).mkdir(mode=0o755)
        arena = Arena(
            Place(folder / "home", folder / "raw", "demo", configure(folder / "settings", DEPARTMENT, POLICY)),
            folder / "first",
            folder / "second",
        )
        generate(arena.first, OFFICERS, YEARS)
        shutil.copytree(arena.first, arena.second)
        change(arena.second)
        with small_disk(arena.place.home) as can_be_filled:
            kinds = tuple(strike for strike in STRIKES if can_be_filled or strike is not fill_the_disk)
            if not can_be_filled:
                print("No full disk: this system does not let us mount a small one.")
            try:
                arena.deliver(arena.first)
                run_whole(arena)
                tally = inject(arena, given.strikes, given.seed, kinds, lambda line: print(line, flush=True))
            finally:
                arena.server.stop()
    print(tally.describe())
    return int(bool(tally.violations))


if __name__ == "__main__":
    sys.exit(main())
