"""What expunging would change: the copy that it is found in, and what is told of a list. On a line: `end_to_end`."""

import csv
import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psycopg
import pytest

from eis import consequences
from eis.consequences import Consequences, ListChange, PublishedList, compare_list, copied
from eis.governance.records_commands import write_csv_files
from eis.postgres import Warehouse
from eis.settings import Settings

MAY_CONNECT = "select has_database_privilege('public', current_database(), 'connect')"


def test_nobody_but_the_operator_reaches_the_copy(
    server_home: Path, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each login of the server, of any department, could read what was expunged."""
    monkeypatch.setattr(consequences, "copy_into", lambda *_: None)
    line = Warehouse(Settings(home=server_home, department="demo", database_url=None))
    with copied(line) as url, psycopg.connect(url) as copy:
        assert copy.execute(MAY_CONNECT).fetchone() == (False,)


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> ListChange:
    """A list of one, drawn up by the rule of the test, on which o2 has more than o1 without the record."""
    scorer = SimpleNamespace(model=SimpleNamespace(features=[]))
    monkeypatch.setattr(consequences, "load", lambda *_: scorer)
    monkeypatch.setattr(consequences.warehouse, "read_matrix", lambda connection, *_: connection)
    monkeypatch.setattr(consequences, "cut", lambda matrix, _: matrix)
    monkeypatch.setattr(consequences, "ask", lambda _, scores, __: ask_of_two(*scores))
    published = PublishedList(7, "complaint", dt.date(2026, 1, 1), "current", "m1", 1, request.param)
    return compare_list((0.5, 0.4), (0.3, 0.4), published)  # type: ignore[arg-type]


def ask_of_two(first: float, second: float) -> SimpleNamespace:
    """What a model says of two officers, with one place."""
    scores = np.array([first, second])
    return SimpleNamespace(names=["o1", "o2"], scores=scores, is_listed=scores == scores.max())


@pytest.mark.parametrize(
    ("compared", "rows"),
    [
        ("highest scores", [["o1", "leave"], ["o2", "join"]]),
        ("equal recall by race", [["", "cannot be told"]]),
    ],
    indirect=["compared"],
)
def test_who_leaves_and_joins_is_told_of_lists_of_the_highest_scores_only(
    compared: ListChange, rows: list[list[str]], tmp_path: Path
) -> None:
    assert (compared.n_scores, compared.n_changed, compared.largest) == (2, 1, pytest.approx(0.2))
    write_csv_files(Consequences(1, dt.date(2026, 1, 1), [], [compared]), tmp_path / "effect")
    with (tmp_path / "effect" / "lists.csv").open(encoding="utf-8", newline="") as file:
        assert [row[3:] for row in csv.reader(file)] == [["officer_id", "would"], *rows]
