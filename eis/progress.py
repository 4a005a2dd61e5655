"""How long work tells that it goes on: a reporter that `eis run` sets, and that is silent otherwise.

Belongs here: the channel. Does not: what the channel is shown on (`eis.run`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Reporter = Callable[[str, int, int], None]


def _be_silent(what: str, done: int, total: int) -> None:
    """Report nothing: the default outside a terminal run."""


_reporter: ContextVar[Reporter] = ContextVar("progress_reporter", default=_be_silent)


def report(what: str, done: int, total: int) -> None:
    """Say that `done` of `total` steps are behind us, the last one being `what`."""
    _reporter.get()(what, done, total)


@contextmanager
def reporting_to(reporter: Reporter) -> Iterator[None]:
    """Send every report of this context to `reporter`."""
    token = _reporter.set(reporter)
    try:
        yield
    finally:
        _reporter.reset(token)
