"""What several models need, made once: by whoever asks first, while others wait for it.

Belongs here: keeping and handing out. Does not: what is kept (`ml.fitting`).
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Any


class Shelf:
    """The things that were asked for last."""

    def __init__(self, n_kept: int) -> None:
        """Keep so many."""
        self._n_kept = n_kept
        self._kept: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._lock = Lock()

    def fetch(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The thing of that key, made if nobody has asked for it lately; what its making raises, all get who asked."""
        with self._lock:
            is_missing = key not in self._kept
            thing = self._kept.setdefault(key, Future())
            self._kept.move_to_end(key)
            if len(self._kept) > self._n_kept:
                self._kept.popitem(last=False)
        if is_missing:
            try:
                thing.set_result(make())
            except BaseException as error:
                thing.set_exception(error)
        return thing.result()
