"""What an asset does when the warehouse goes away under it: waits until it is back, then begins again.

Belongs here: telling an outage from any other fault, and the wait. Does not: faults that a retry does not mend; those
stop the run at once.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from dagster_project.line import Line
from eis.errors import EisError

RETRIES = 3
PATIENCE_SECONDS = 600
POLL_SECONDS = 2.0

Context = dg.AssetExecutionContext | dg.AssetCheckExecutionContext


@contextmanager
def surviving_outages(context: Context, line: Line) -> Iterator[None]:
    """Around the work of an asset: if it fails because the server ended, it is done again once the server is back.

    Whether it was that is not read from the error, which every library words its own way: the run's own connection,
    which does nothing but hold the turn, was lost too.

    Raises:
        RetryRequested: to Dagster, which then starts the step anew.
        EisError: the server has not come back, or another run took the turn.
    """
    try:
        yield
    except Exception as error:
        if not line.turn.is_lost():
            raise
        context.log.warning("The warehouse went away. The step begins again when it is back.")
        await_warehouse(line)
        line.turn.retake(PATIENCE_SECONDS, context.run.run_id)
        raise dg.RetryRequested(max_retries=RETRIES) from error


def await_warehouse(line: Line, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until the warehouse answers; the embedded server, which nobody else looks after, is started.

    Raises:
        EisError: it did not come back in time.
    """
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            line.warehouse.start()
        except EisError:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)
        else:
            return
