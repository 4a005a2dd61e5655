"""The reasons given for a score: the measures that move it most, and what would have to be different.

A measure is counted over several windows, which tell of the same events: they count together as one reason, and the
window that says most speaks for it. Belongs here: choosing, and rescoring with an officer's values replaced. Does
not: contributions (`ml.explanation`), or sentences (models/scores).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.context import rank_among, replace_columns
from ml.matrices import Floats, Scores

Positions = npt.NDArray[np.intp]

RAISES, LOWERS = "raises", "lowers"
N_REASONS = {RAISES: 5, LOWERS: 3}
# Parts below this are rounding.
LEAST_PART = 1e-9


@dataclass(frozen=True)
class Reason:
    """One measure that moves one row's score; `feature` is the position of the window that says most."""

    row: int
    direction: str
    reason_rank: int
    measure: str
    feature: int
    contribution: float


def choose_reasons(contributions: Scores, measures: Sequence[str]) -> Iterator[Reason]:
    """For each row the measures that raise its score most, and those that lower it most; strongest first."""
    columns = group_columns(measures)
    names = list(columns)
    parts = np.column_stack([contributions[:, own].sum(axis=1) for own in columns.values()])
    for direction, sign in ((RAISES, 1), (LOWERS, -1)):
        order = np.argsort(-sign * parts, axis=1, kind="stable")[:, : N_REASONS[direction]]
        speakers = [own[np.argmax(sign * contributions[:, own], axis=1)] for own in columns.values()]
        for row, places in enumerate(order):
            for reason_rank, place in enumerate(places.tolist(), start=1):
                if sign * parts[row, place] > LEAST_PART:
                    yield Reason(
                        row, direction, reason_rank, names[place], int(speakers[place][row]), float(parts[row, place])
                    )


def group_columns(groups: Sequence[str]) -> dict[str, Positions]:
    """Group -> positions of its features."""
    names = np.array(groups)
    return {name: np.flatnonzero(names == name) for name in dict.fromkeys(groups)}


def imagine_typical(
    X: Floats,
    typical: Floats,
    rows: Sequence[int],
    columns: Positions,
    score: Callable[[Floats], Scores],
    scores: Scores,
) -> Iterator[tuple[int, float, int]]:
    """Row, score and rank if these columns of the row stood at what is typical; everybody else's score stays."""
    for row, value in zip(rows, score(replace_columns(X[rows], columns, typical[rows])).tolist(), strict=True):
        yield row, value, rank_among(value, np.delete(scores, row))
