"""How good a list is: metrics where the department acts, with ties resolved in expectation, and ranks.

Pure functions of scores and labels. Which model they belong to is the caller's business.
"""

import hashlib
from collections.abc import Iterable, Iterator
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
    is_positive: Flags, scores: Scores, list_sizes: Iterable[int], list_shares: Iterable[float]
) -> Iterator[Metric]:
    """Every metric that is defined: none of a list longer than the cohort, no AUC without both kinds of officer."""
    n, n_positive = len(is_positive), int(is_positive.sum())
    if 0 < n_positive < n:
        yield Metric("auc", "", float(roc_auc_score(is_positive, scores)))
        yield Metric("average_precision", "", float(average_precision_score(is_positive, scores)))
    lists = {str(size): size for size in list_sizes} | {
        name_share(share): round_share(share, n) for share in list_shares
    }
    for parameter, size in lists.items():
        if not 0 < size <= n:
            continue
        hits = expect_hits(is_positive, scores, size)
        yield Metric("precision", parameter, hits / size)
        if n_positive:
            yield Metric("recall", parameter, hits / n_positive)
            yield Metric("lift", parameter, (hits / size) / (n_positive / n))


def name_share(share: float) -> str:
    """0.05 -> `5%`."""
    return f"{share * 100:g}%"


def round_share(share: float, n: int) -> int:
    """Officers in a share of the cohort, the nearest whole number and at least one."""
    return max(1, int(share * n + 0.5))


def rank(scores: Scores, officers: Ids) -> npt.NDArray[np.int32]:
    """Ranks from 1, the highest score first.

    Officers with equal scores are ordered by a hash of their identifier: the same in every run, and unrelated to
    seniority, which identifiers often follow.
    """
    hashed = np.array([hashlib.blake2b(officer, digest_size=8).digest() for officer in officers.tolist()], dtype="V8")
    order = np.lexsort((officers, hashed.view(">u8"), -scores))
    ranks = np.empty(len(scores), dtype=np.int32)
    ranks[order] = np.arange(1, len(scores) + 1, dtype=np.int32)
    return ranks
