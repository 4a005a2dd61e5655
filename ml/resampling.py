"""Metrics of many resamples of officers at once: scores are sorted once, and each resample is a row of weights.

Pure functions of arrays, checked against the plain metrics on repeated rows. Belongs here: weighted metrics. Does not:
drawing officers, or intervals (`ml.intervals`).
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ml.intervals import Weights
from ml.matrices import Flags, Scores

Draws = npt.NDArray[np.float64]


def resample_metrics(
    is_positive: Flags, scores: Scores, weights: Weights, list_sizes: Mapping[str, int]
) -> dict[tuple[str, str], Draws]:
    """AUC, and precision and recall of lists, in each resample: (metric, parameter) -> one value a resample.

    `weights` says how often each officer stands in each resample. A list is the same share of each resample as of the
    officers. A resample for which a metric is not defined has NaN.
    """
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    # Whole numbers far below 2^24, so single precision is exact.
    counts = weights[:, order].astype(np.float32)
    n = np.cumsum(counts, axis=1)[:, ends].astype(np.float64)
    hits = np.cumsum(counts * is_positive[order], axis=1)[:, ends].astype(np.float64)
    n_all, n_positive = n[:, -1], hits[:, -1]
    with np.errstate(invalid="ignore", divide="ignore"):
        metrics = {("auc", ""): _auc(n, hits)}
        for parameter, size in list_sizes.items():
            found = _count_hits(n, hits, n_all * (size / len(scores)))
            metrics["precision", parameter] = found / (n_all * (size / len(scores)))
            metrics["recall", parameter] = found / n_positive
    return metrics


def _auc(n: Draws, hits: Draws) -> Draws:
    """The area under the curve of hits over misses; between the ends of tied scores the curve is a straight line."""
    misses = np.pad(n - hits, ((0, 0), (1, 0)))
    heights = np.pad(hits, ((0, 0), (1, 0)))
    area = np.einsum("ij,ij->i", np.diff(misses, axis=1), heights[:, 1:] + heights[:, :-1]) / 2
    return area / (misses[:, -1] * heights[:, -1])


def _count_hits(n: Draws, hits: Draws, sizes: Draws) -> Draws:
    """Expected positives on a list of a size: among tied scores at its end, their share."""
    rows = np.arange(len(n))
    end = np.minimum((n < sizes[:, None]).sum(axis=1), n.shape[1] - 1)
    before = np.maximum(end - 1, 0)
    n_before = np.where(end > 0, n[rows, before], 0.0)
    hits_before = np.where(end > 0, hits[rows, before], 0.0)
    tied = n[rows, end] - n_before
    return hits_before + (sizes - n_before) * (hits[rows, end] - hits_before) / tied
