"""Trees look at bins of values; here bins are found once for all models that learn from the same rows.

scikit-learn's boosting cuts each feature into bins in every fit, which takes longer than its trees. Belongs here: the
cutting as a step of preparation, and boosting that takes its codes for bins. Does not: who shares what (`ml.fitting`).
"""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.ensemble import HistGradientBoostingClassifier

from ml.matrices import Floats, Scores

Bytes = npt.NDArray[np.uint8]


class Bins(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Each value's place among the edges of its feature, from 0; what is missing stays missing.

    Parameters:
        max_bins: bins of a feature; one for each value where it has no more values, else bins of equally many rows.
    """

    def __init__(self, max_bins: int = 64) -> None:
        """Store the parameter, as scikit-learn asks."""
        self.max_bins = max_bins

    def fit(self, X: Floats | Scores, y: Any = None) -> Self:
        """Find the edges; labels are not looked at."""
        self.n_features_in_ = X.shape[1]
        self.edges_ = [find_edges(X[:, column].astype(np.float32), self.max_bins) for column in range(X.shape[1])]
        return self

    def transform(self, X: Floats | Scores) -> Floats:
        """Codes: the number of edges below a value."""
        codes = np.empty(X.shape, dtype=np.float32, order="F")
        for column, edges in enumerate(self.edges_):
            # Features are of single precision; in it, a value falls into the same bin whoever asks.
            values = X[:, column].astype(np.float32)
            codes[:, column] = np.searchsorted(edges, values)
            codes[np.isnan(values), column] = np.nan
        return codes


def find_edges(values: Floats, max_bins: int) -> Floats:
    """Edges between bins; a value that is equal to an edge is below it."""
    known = np.sort(values[~np.isnan(values)])
    is_new = np.diff(known, prepend=np.nan) != 0
    distinct = known[is_new]
    if len(distinct) <= max_bins:
        return distinct[:-1]
    places = np.ceil(np.arange(1, max_bins) * len(known) / max_bins).astype(int) - 1
    edges = np.unique(known[places])
    return edges[edges < known[-1]]


class BinnedBoosting(HistGradientBoostingClassifier):
    """Histogram gradient boosting on codes of `Bins`, which it takes for its bins; otherwise scikit-learn's own."""

    def _bin_data(self, X: Scores, sample_weight: Scores | None, is_training_data: bool) -> Bytes:
        """What scikit-learn calls to cut features into bins: codes as they are, the missing ones in the last bin."""
        mapper = self._bin_mapper
        is_missing = np.isnan(X)
        if is_training_data:
            highest = np.where(is_missing, 0, X).max(axis=0)
            if highest.max() >= self.max_bins:
                raise ValueError(
                    f"codes reach {highest.max():.0f}, and max_bins is {self.max_bins}: prepare by `binned`"
                )
            mapper.missing_values_bin_idx_ = mapper.n_bins - 1
            mapper.is_categorical_ = np.zeros(X.shape[1], dtype=np.uint8)
            mapper.bin_thresholds_ = [np.arange(codes) + 0.5 for codes in highest]
            mapper.n_bins_non_missing_ = (highest + 1).astype(np.uint32)
        return np.where(is_missing, mapper.missing_values_bin_idx_, X).astype(np.uint8, order="F")
