"""What a model finds that the department's threshold system does not, on lists of equal size.

Pure functions of scores, flags and labels. Differences carry intervals from resamples of officers: an officer is drawn
with all the as-of dates at which they stand, and each list is drawn up anew in every resample.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ml.intervals import Codes, Estimate, Weights, summarise
from ml.matrices import Flags, Scores
from ml.resampling import Draws, accumulate, count_hits, find_ends

N_DRAWS = 500
# The two lists that are compared: as long as the threshold system's own, and as long as the department can serve.
AS_FLAGGED, AT_CAPACITY = "as many as the thresholds flag", "capacity"


@dataclass(frozen=True)
class Contest:
    """One cohort: which officers (numbered across dates), how many rules flag each, and what came of it."""

    officers: Codes
    rules_triggered: Scores
    is_positive: Flags


@dataclass(frozen=True)
class Comparison:
    """A model beside the threshold system at equal list size; over several dates, counts are sums.

    At equal size one more officer found is one false flag fewer: the counts are the same, the shares are not.
    """

    test_as_of_date: dt.date | None
    list_kind: str
    list_size: float
    n_positive: int
    found: float
    found_by_thresholds: float
    more_found: float
    more_found_low: float | None
    more_found_high: float | None
    more_found_share: float | None
    more_found_share_low: float | None
    more_found_share_high: float | None
    fewer_false_share: float | None
    fewer_false_share_low: float | None
    fewer_false_share_high: float | None


@dataclass(frozen=True)
class Tally:
    """List size and officers found by both, in the sample and in each resample."""

    size: Draws
    found: Draws
    found_by_thresholds: Draws

    def __add__(self, other: "Tally") -> "Tally":
        """Counts of both together."""
        return Tally(
            self.size + other.size,
            self.found + other.found,
            self.found_by_thresholds + other.found_by_thresholds,
        )


@dataclass(frozen=True)
class Yardstick:
    """The threshold system's lists of one cohort in the sample and each resample: what every model is held against."""

    drawn: Weights
    is_positive: Flags
    sizes: dict[str, Draws]
    found: dict[str, Draws]


def draw_yardstick(contest: Contest, capacity: int, weights: Weights) -> Yardstick:
    """Draw up the threshold system's lists of both kinds; of one only where the rules flag nobody."""
    drawn = weights[contest.officers]
    flagged = contest.rules_triggered > 0
    sizes = {AT_CAPACITY: np.minimum(capacity, drawn.sum(axis=0, dtype=np.float64))}
    if flagged.any():
        sizes[AS_FLAGGED] = drawn[flagged].sum(axis=0, dtype=np.float64)
    found = {
        kind: count_found(drawn, contest.is_positive, contest.rules_triggered, size) for kind, size in sizes.items()
    }
    return Yardstick(drawn, contest.is_positive, sizes, found)


def compare_with_thresholds(
    yardsticks: Mapping[dt.date, Yardstick], scores: Mapping[dt.date, Scores]
) -> Iterator[Comparison]:
    """One model beside the threshold system at each test date and over all of them, for both kinds of list."""
    for kind in (AS_FLAGGED, AT_CAPACITY):
        held = {date: yardstick for date, yardstick in yardsticks.items() if kind in yardstick.sizes}
        by_date = {date: draw_lists(yardstick, scores[date], kind) for date, yardstick in held.items()}
        n_positive = {date: int(yardstick.is_positive.sum()) for date, yardstick in held.items()}
        for date, tally in by_date.items():
            yield summarise_tally(date, kind, n_positive[date], tally)
        if by_date:
            first, *others = by_date.values()
            yield summarise_tally(None, kind, sum(n_positive.values()), sum(others, start=first))


def draw_lists(yardstick: Yardstick, scores: Scores, kind: str) -> Tally:
    """A model's list in every resample, as long as the threshold system's."""
    size = yardstick.sizes[kind]
    found = count_found(yardstick.drawn, yardstick.is_positive, scores, size)
    return Tally(size, found, yardstick.found[kind])


def count_found(drawn: Weights, is_positive: Flags, scores: Scores, sizes: Draws) -> Draws:
    """Officers with the outcome among the highest scores, in every resample, ties resolved in expectation.

    `drawn` says how often each officer stands in each resample, `sizes` how long its list is.
    """
    order = np.argsort(-scores, kind="stable")
    # Only the head of the order can be on a list; it is taken longer until it is long enough in every resample.
    head = min(len(order), 2 * int(sizes.max()) + 100)
    while True:
        last = scores[order[head - 1]]
        head = int(np.searchsorted(-scores[order], -last, side="right"))
        if head == len(order) or (drawn[order[:head]].sum(axis=0) >= sizes).all():
            break
        head = min(len(order), 2 * head)
    top = order[:head]
    return count_hits(*accumulate(is_positive[top], drawn[top], find_ends(scores[top])), sizes)


def summarise_tally(date: dt.date | None, kind: str, n_positive: int, tally: Tally) -> Comparison:
    """The observed difference with the middle 95 % of the resamples'."""
    more = tally.found - tally.found_by_thresholds
    with np.errstate(divide="ignore", invalid="ignore"):
        more_share = summarise(more / tally.found_by_thresholds)
        fewer_share = summarise(more / (tally.size - tally.found_by_thresholds))
    return Comparison(
        date,
        kind,
        float(tally.size[0]),
        n_positive,
        float(tally.found[0]),
        float(tally.found_by_thresholds[0]),
        *summarise(more),
        *_drop_undefined(more_share),
        *_drop_undefined(fewer_share),
    )


def _drop_undefined(estimate: Estimate) -> Sequence[float | None]:
    """A share of nothing is not a number."""
    return estimate if np.isfinite(estimate.value) else (None, None, None)
