"""How good a list is: metrics where the department acts, with ties resolved in expectation, and ranks.

Pure functions of scores and labels. Which model they belong to is the caller's business.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score, roc_auc_score

from ml.matrices import Flags, Ids, Scores


class Metric(NamedTuple):
    """One number about one list or one ordering."""

    metric: str
    parameter: str
    value: float


def expect_hits(is_positive: Flags, scores: Scores, size: int) -> float:
    """Positives among the `size` highest scores, as a mean over all orders of officers with equal scores."""
    threshold = np.partition(scores, len(scores) - size)[len(scores) - size]
    above, tied = scores > threshold, scores == threshold
    return float(is_positive[above].sum() + (size - above.sum()) * is_positive[tied].mean())


def measure(
    is_positive: Flags,
    scores: Scores,
    list_sizes: Iterable[int],
    list_shares: Iterable[float],
    is_probability: bool = False,
) -> Iterator[Metric]:
    """Every metric that is defined: none of a list longer than the cohort, no AUC without both kinds of officer.

    `by_lot` is how many places of a list go to some of several officers with equal scores.
    """
    n, n_positive = len(is_positive), int(is_positive.sum())
    if 0 < n_positive < n:
        yield Metric("auc", "", float(roc_auc_score(is_positive, scores)))
        yield Metric("average_precision", "", float(average_precision_score(is_positive, scores)))
    if is_probability:
        yield Metric("brier", "", float(np.mean((scores - is_positive) ** 2)))
    for parameter, size in name_lists(list_sizes, list_shares, n).items():
        hits = expect_hits(is_positive, scores, size)
        yield Metric("precision", parameter, hits / size)
        yield Metric("by_lot", parameter, count_by_lot(scores, size))
        if n_positive:
            yield Metric("recall", parameter, hits / n_positive)
            yield Metric("lift", parameter, (hits / size) / (n_positive / n))


def name_lists(list_sizes: Iterable[int], list_shares: Iterable[float], n: int) -> dict[str, int]:
    """Lists by name, `100` or `5%`, with their sizes in a cohort of n; those longer than the cohort are left out."""
    lists = {str(size): size for size in list_sizes} | {
        name_share(share): round_share(share, n) for share in list_shares
    }
    return {name: size for name, size in lists.items() if size <= n}


def count_by_lot(scores: Scores, size: int) -> int:
    """Places of a list for which there are more officers with the same score than places."""
    threshold = np.partition(scores, len(scores) - size)[len(scores) - size]
    places = size - int((scores > threshold).sum())
    return places if int((scores == threshold).sum()) > places else 0


def follow_list(is_positive: Flags, scores: Scores, sizes: npt.NDArray[np.intp]) -> Scores:
    """Expected positives on lists of many sizes: `expect_hits` for all of them at once."""
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    hits = np.cumsum(is_positive[order])[ends]
    # Among equal scores hits grow by their share: a straight line.
    return np.interp(sizes, [0, *(ends + 1)], [0, *hits])


def spread_sizes(n: int, n_sizes: int, always: Iterable[int]) -> npt.NDArray[np.intp]:
    """List sizes at even ratios from one officer to the whole cohort, and those that are always wanted."""
    even = np.rint(np.geomspace(1, n, n_sizes)).astype(int)
    return np.unique([*even.tolist(), *(size for size in always if size <= n)])


class Bin(NamedTuple):
    """Officers with neighbouring scores: what was said of them on average, and what came of them."""

    bin: int
    n_officers: int
    mean_score: float
    n_positive: int


def bin_scores(is_positive: Flags, scores: Scores, n_bins: int) -> list[Bin]:
    """Bins of equally many officers, ascending by score."""
    parts = np.array_split(np.argsort(scores, kind="stable"), min(n_bins, len(scores)))
    return [
        Bin(i, len(part), float(scores[part].mean()), int(is_positive[part].sum()))
        for i, part in enumerate(parts, start=1)
    ]


def _rank_with_ties(scores: Scores) -> Scores:
    """Ranks from the lowest score, equal scores sharing the mean of theirs."""
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]


class Agreement(NamedTuple):
    """How alike two lists and the orders behind them are, 1 being the same."""

    overlap: float
    rank_correlation: float


def compare_lists(
    first: Scores, second: Scores, officers: Ids, list_sizes: Mapping[str, int]
) -> Iterator[tuple[str, Agreement]]:
    """Jaccard overlap of each list, and Spearman's correlation, of two scores of the same officers."""
    ranks = rank(first, officers), rank(second, officers)
    ordered = [_rank_with_ties(scores) for scores in (first, second)]
    is_flat = any(np.ptp(order) == 0 for order in ordered)
    correlation = 0.0 if is_flat else float(np.corrcoef(ordered[0], ordered[1])[0, 1])
    for parameter, size in list_sizes.items():
        on_both = int(((ranks[0] <= size) & (ranks[1] <= size)).sum())
        yield parameter, Agreement(on_both / (2 * min(size, len(officers)) - on_both), correlation)


def name_share(share: float) -> str:
    """0.05 -> `5%`."""
    return f"{share * 100:g}%"


def round_share(share: float, n: int) -> int:
    """Officers in a share of the cohort, the nearest whole number and at least one."""
    return max(1, int(share * n + 0.5))


@lru_cache(maxsize=32)
def _hash_officers(officers: bytes, width: int) -> npt.NDArray[np.uint64]:
    """A number for each identifier; the same cohort is asked about once for every model."""
    names = np.frombuffer(officers, dtype=f"S{width}").tolist()
    hashed = np.array([hashlib.blake2b(name, digest_size=8).digest() for name in names], dtype="V8")
    return hashed.view(">u8")


def rank(scores: Scores, officers: Ids) -> npt.NDArray[np.int32]:
    """Ranks from 1, the highest score first.

    Officers with equal scores are ordered by a hash of their identifier: the same in every run, and unrelated to
    seniority, which identifiers often follow.
    """
    order = np.lexsort((officers, _hash_officers(officers.tobytes(), officers.itemsize), -scores))
    ranks = np.empty(len(scores), dtype=np.int32)
    ranks[order] = np.arange(1, len(scores) + 1, dtype=np.int32)
    return ranks
