"""Metrics of many resamples of officers at once: scores are sorted once, and each resample is a column of weights.

Pure functions of arrays, checked against the plain metrics on repeated rows. Belongs here: weighted metrics. Does not:
drawing officers, or intervals (`ml.intervals`).
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ml.intervals import Weights
from ml.matrices import Flags, Scores

Draws = npt.NDArray[np.float64]

# So many resamples at a time, because what is computed of them then stays in the processor's cache.
BLOCK = 16


def resample_metrics(
    is_positive: Flags, scores: Scores, weights: Weights, list_sizes: Mapping[str, int]
) -> dict[tuple[str, str], Draws]:
    """AUC, and precision and recall of lists, in each resample: (metric, parameter) -> one value a resample.

    `weights` says how often each officer stands in each resample. A list is the same share of each resample as of the
    officers. A resample for which a metric is not defined has NaN.
    """
    order = np.argsort(-scores, kind="stable")
    ends = find_ends(scores[order])
    blocks = []
    for start in range(0, weights.shape[1], BLOCK):
        n, hits = accumulate(is_positive[order], weights[order, start : start + BLOCK], ends)
        n_all, n_positive = n[-1], hits[-1]
        with np.errstate(invalid="ignore", divide="ignore"):
            metrics = {("auc", ""): _auc(n, hits)}
            for parameter, size in list_sizes.items():
                found = count_hits(n, hits, n_all * (size / len(scores)))
                metrics["precision", parameter] = found / (n_all * (size / len(scores)))
                metrics["recall", parameter] = found / n_positive
        blocks.append(metrics)
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def find_ends(ordered: Scores) -> npt.NDArray[np.intp]:
    """The last place of each run of equal scores."""
    return np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)


def accumulate(is_positive: Flags, weights: Weights, ends: npt.NDArray[np.intp]) -> tuple[Draws, Draws]:
    """Officers, and positives among them, down to the end of each run of equal scores (rows) in each resample."""
    counts = weights.astype(np.float64)
    n = np.cumsum(counts, axis=0)[ends]
    hits = np.cumsum(counts * is_positive[:, None], axis=0)[ends]
    return n, hits


def count_hits(n: Draws, hits: Draws, sizes: Draws) -> Draws:
    """Expected positives on a list of a size in each resample: among equal scores at its end, their share."""
    columns = np.arange(n.shape[1])
    end = np.minimum((n < sizes).sum(axis=0), len(n) - 1)
    before = np.maximum(end - 1, 0)
    n_before = np.where(end > 0, n[before, columns], 0.0)
    hits_before = np.where(end > 0, hits[before, columns], 0.0)
    tied = n[end, columns] - n_before
    # Nobody of a run can have been drawn; then there is nothing to share.
    return hits_before + (sizes - n_before) * (hits[end, columns] - hits_before) / np.where(tied > 0, tied, 1.0)


def _auc(n: Draws, hits: Draws) -> Draws:
    """The area under the curve of hits over misses; between the ends of equal scores the curve is a straight line."""
    misses = n - hits
    twice = misses[0] * hits[0] + np.einsum("ij,ij->j", misses[1:] - misses[:-1], hits[1:] + hits[:-1])
    return twice / 2 / (misses[-1] * hits[-1])
