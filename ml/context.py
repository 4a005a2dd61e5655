"""How much of a score is the officer's own record, how much the post; and what the score would be otherwise.

Belongs here: what is typical of a cohort or of peers, and matrices in which an officer's values are replaced by it.
Does not: which feature is context (declared with the feature, `scope` in features.feature_catalog).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ml.matrices import Flags, Floats, Scores

OWN, CONTEXT = "own", "context"

# Of fewer peers the median is more chance than custom: the whole cohort stands in for them.
FEWEST_PEERS = 10


def find_typical(X: Floats) -> Floats:
    """Each feature's typical value: the middle one of the known values; missing where most are missing."""
    ordered = np.sort(X, axis=0)  # missing values last
    n_known = (~np.isnan(X)).sum(axis=0)
    middle = ordered[np.maximum(n_known - 1, 0) // 2, np.arange(X.shape[1])]
    return np.where(2 * n_known >= len(X), middle, np.nan).astype(X.dtype)


def find_typical_of_peers(X: Floats, peer_groups: Sequence[str]) -> tuple[Floats, Flags]:
    """For each row what is typical of its peers, and whether it has enough of them; where not, of all rows."""
    groups, group_of_row, sizes = np.unique(np.array(peer_groups), return_inverse=True, return_counts=True)
    is_enough = sizes > FEWEST_PEERS
    of_all = find_typical(X)
    typical = np.array([find_typical(X[group_of_row == i]) if is_enough[i] else of_all for i in range(len(groups))])
    return typical[group_of_row], is_enough[group_of_row]


def replace_columns(X: Floats, columns: npt.NDArray[np.intp] | Flags, typical: Floats) -> Floats:
    """A copy in which these columns hold what is typical: one row for all, or one for each row."""
    changed = X.copy()
    changed[:, columns] = np.broadcast_to(typical, X.shape)[:, columns]
    return changed


def rank_among(score: float, others: Scores) -> int:
    """The rank that a score would have among others; behind those that are equal."""
    return 1 + int((others >= score).sum())
