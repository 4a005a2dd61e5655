"""A thing is made once, by whoever asks first, and kept as long as there is room."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from ml.shelf import Shelf


def test_a_thing_is_made_once_for_all_who_ask_at_the_same_time():
    shelf, made, together = Shelf(2), [], Barrier(4)

    def ask(_):
        together.wait()
        return shelf.fetch("a", lambda: made.append(1) or object())

    with ThreadPoolExecutor(4) as pool:
        things = list(pool.map(ask, range(4)))
    assert len(made) == 1
    assert len(set(map(id, things))) == 1


def test_what_was_not_asked_for_lately_is_made_anew():
    shelf, made = Shelf(2), []

    def fetch(key):
        shelf.fetch(key, lambda: made.append(key))

    for key in "abacab":
        fetch(key)
    assert made == ["a", "b", "c", "b"]


def test_a_failure_reaches_everybody_who_asked():
    shelf = Shelf(2)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            shelf.fetch("a", lambda: 1 / 0)
