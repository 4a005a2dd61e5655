"""How surely an officer is on the list: what the model would have said had other officers been in the records.

The selected model is refitted on officers drawn with replacement, each with all rows; the spread of an officer's ranks
over the refits is the interval. It is what the model does not know for want of officers to learn from; what no record
holds, it does not show. Belongs here: words for what the refits show. Does not: the refits themselves (`ml.fitting`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ml.matrices import Scores

Ranks = npt.NDArray[np.int32]
Words = npt.NDArray[np.str_]

# Share of the refits that put an officer on the same side of the list's edge as the published score does.
CLEAR, LIKELY = 0.95, 0.75
# A list with fewer clear or likely officers than this share says nothing about who stands on it.
LEAST_TOLD = 0.25
CANNOT_TELL = "cannot tell"


@dataclass(frozen=True)
class RankIntervals:
    """For each officer: share of the refits with a place on the list, and where nine in ten of the ranks lie."""

    on_list: Scores
    lower: Ranks
    upper: Ranks


class TrackRecord(NamedTuple):
    """What lists of the model's group did when the past was replayed; the same officer may stand on several of them.

    `precision` and `base_rate` are means over the test dates, `precision_low` is the lower end of the first's 95 %
    interval over drawn officers.
    """

    precision: float
    precision_low: float
    n_places: int
    base_rate: float


class Verdict(NamedTuple):
    """What a list can be used for: how many of its officers are told surely, and whether it tells anything at all."""

    n_clear: int
    n_likely: int
    n_tie: int
    is_told: bool
    why: str


def summarise_ranks(ranks: Sequence[Ranks], capacity: int) -> RankIntervals:
    """What the ranks of each officer over the refits say."""
    stacked = np.array(ranks)
    lower, upper = np.quantile(stacked, (0.05, 0.95), axis=0, method="nearest")
    return RankIntervals((stacked <= capacity).mean(axis=0), lower.astype(np.int32), upper.astype(np.int32))


def say_certainty(intervals: RankIntervals, ranks: Ranks, capacity: int) -> Words:
    """`clear`, `likely` or `tie`: how surely each officer is on the side of the list's edge that the score says."""
    agreeing = np.where(ranks <= capacity, intervals.on_list, 1 - intervals.on_list)
    return np.select([agreeing >= CLEAR, agreeing >= LIKELY], ["clear", "likely"], "tie")


def judge_list(certainty: Words, ranks: Ranks, capacity: int, record: TrackRecord | None) -> Verdict:
    """Whether a list tells its officers from others: enough of them surely, and better than a list drawn by lot."""
    on_list = certainty[ranks <= capacity]
    n_clear, n_likely, n_tie = (int((on_list == word).sum()) for word in ("clear", "likely", "tie"))
    if n_clear + n_likely < LEAST_TOLD * len(on_list):
        why = (
            f"{n_clear + n_likely} of {len(on_list)} officers stay on the list when the model learns from other "
            f"officers; fewer than {LEAST_TOLD:.0%} is too few."
        )
        return Verdict(n_clear, n_likely, n_tie, False, why)
    if record and record.precision_low <= record.base_rate:
        why = (
            f"At the test dates officers in {record.precision:.1%} of the {record.n_places:,} places on its lists had "
            f"the outcome, at least {record.precision_low:.1%} with chance allowed for; a list drawn by lot would have "
            f"had {record.base_rate:.1%}."
        )
        return Verdict(n_clear, n_likely, n_tie, False, why)
    return Verdict(n_clear, n_likely, n_tie, True, f"{n_clear} clear, {n_likely} likely, {n_tie} ties.")
