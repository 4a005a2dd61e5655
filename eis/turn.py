"""One run at a time on a department: the turn, which a run holds in the warehouse for as long as it lives.

Belongs here: taking, keeping and losing the turn, and knowing whether a run of a given name still lives. Does not: what
a run does with its turn, or Dagster's records of runs (`dagster_project.runs`).

Both locks are session locks of PostgreSQL: a run that is killed loses them with its connection, and nothing is left to
clear away.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from eis.errors import EisError

TURN = "eis run"  # the lock's name, and its connection's in pg_stat_activity
POLL_SECONDS = 1.0

TAKE = "select pg_try_advisory_lock(hashtext(%s))"
SIGN = "select pg_try_advisory_lock(hashtext(%s), 0)"

Connection = psycopg.Connection[tuple[object, ...]]


class Turn:
    """The right to change the department's tables, for this process."""

    def __init__(self, url: str) -> None:
        """The turn of the department in this database."""
        self.url = url
        self._connection: Connection | None = None

    @contextmanager
    def held(self, patience_seconds: float = 0, run_id: str | None = None) -> Iterator[None]:
        """Hold the turn; inside a block that holds it already nothing is taken, or given back at its end.

        A run that is named is seen to live from now on, while it waits too, and until the turn is given back.

        Raises:
            EisError: somebody else still holds it after so many seconds.
        """
        if self._connection:
            if run_id:
                self._connection.execute("select pg_advisory_lock(hashtext(%s), 0)", (run_id,))
            yield
            return
        self._take(patience_seconds, run_id)
        try:
            yield
        finally:
            if self._connection:
                self._connection.close()
                self._connection = None

    def is_lost(self) -> bool:
        """Whether the server has ended our connection, and with it everything that was under way."""
        if self._connection is None:
            return False
        try:
            self._connection.execute("select")
        except psycopg.OperationalError:
            return True
        return False

    def retake(self, patience_seconds: float, run_id: str) -> None:
        """Take the turn again, after it was lost.

        Raises:
            EisError: somebody else has taken it meanwhile.
        """
        self._take(patience_seconds, run_id)

    def _take(self, patience_seconds: float, run_id: str | None) -> None:
        connection = psycopg.connect(self.url, autocommit=True, application_name=TURN)
        deadline = time.monotonic() + patience_seconds
        names = [(SIGN, run_id)] if run_id else []  # first: who waits for the turn lives
        for statement, name in [*names, (TAKE, TURN)]:
            while not _locks(connection, statement, name):
                if time.monotonic() >= deadline:
                    database = connection.info.dbname
                    connection.close()
                    raise EisError(
                        f"Another run on database '{database}' is under way. Wait for it to end; in "
                        f"`pg_stat_activity` its connection is named '{TURN}'."
                    )
                time.sleep(POLL_SECONDS)
        self._connection = connection


def find_dead(url: str, run_ids: list[str]) -> list[str]:
    """Those of the runs that no living process has signed."""
    with psycopg.connect(url, autocommit=True) as connection:
        return [run_id for run_id in run_ids if _locks(connection, SIGN, run_id)]


def _locks(connection: Connection, statement: str, name: str) -> bool:
    [is_mine] = connection.execute(statement.encode(), (name,)).fetchone() or (False,)
    return bool(is_mine)
