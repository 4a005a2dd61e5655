"""Exact Shapley values of decision trees.

The game of one row: a feature that plays takes its branch at every split; one that does not play goes both ways, each
with the share of the training rows that went there. A leaf's part in the game is a product over the features on its
path: for a feature that plays, whether the row follows the path there; for one that does not, the share of training
rows that did. The Shapley value of such a product is an integral, over the chance that each other feature plays, of a
polynomial in that chance. Gauss-Legendre quadrature gives it without error but rounding.

Belongs here: trees as arrays, and the values. Does not: what estimator the trees come from (`ml.explanation`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from ml.errors import ModellingError
from ml.matrices import Flags, Floats, Scores

Whole = npt.NDArray[np.int64]

# Which features of a path a row follows is one number, a bit for each.
MOST_FEATURES = 62


@dataclass(frozen=True)
class Tree:
    """A fitted tree: one entry a node, the root first; `left` is -1 at a leaf.

    A row goes left where its feature is at most the threshold, or missing and `is_missing_left`.
    """

    feature: Whole
    threshold: Scores
    is_missing_left: Flags
    left: Whole
    right: Whole
    n_rows: Scores
    value: Scores


@dataclass(frozen=True)
class Path:
    """From the root to a node: its features, the share of training rows that went on at their splits, and bit i of each
    row's code set where the row goes on at every split by feature i.
    """

    node: int
    features: tuple[int, ...]
    shares: tuple[float, ...]
    codes: Whole

    def extend(self, node: int, feature: int, share: float, goes_on: Flags) -> "Path":
        """The path to a child."""
        if feature in self.features:
            i = self.features.index(feature)
            shares = (*self.shares[:i], self.shares[i] * share, *self.shares[i + 1 :])
            return Path(node, self.features, shares, np.where(goes_on, self.codes, self.codes & ~(1 << i)))
        i = len(self.features)
        return Path(
            node, (*self.features, feature), (*self.shares, share), self.codes | (goes_on.astype(np.int64) << i)
        )


def explain_trees(trees: Iterable[Tree], X: Floats | Scores) -> tuple[float, Scores]:
    """The expected sum of the trees over their training rows, and each feature's Shapley value in each row.

    Expectation plus a row's values are the trees' sum for the row.

    Raises:
        ModellingError: a path asks for more features than can be told apart.
    """
    expectation = 0.0
    contributions = np.zeros((len(X), X.shape[1]), order="F")
    for tree in trees:
        for leaf in walk(tree, X):
            value = float(tree.value[leaf.node])
            expectation += value * float(np.prod(leaf.shares))
            add_leaf(contributions, leaf, value)
    return expectation, contributions


def walk(tree: Tree, X: Floats | Scores) -> Iterator[Path]:
    """The paths to all leaves."""
    waiting = [Path(0, (), (), np.zeros(len(X), dtype=np.int64))]
    while waiting:
        path = waiting.pop()
        node = path.node
        if tree.left[node] < 0:
            yield path
            continue
        feature = int(tree.feature[node])
        column = X[:, feature]
        goes_left = (column <= tree.threshold[node]) | (np.isnan(column) & tree.is_missing_left[node])
        for child, goes_on in ((int(tree.left[node]), goes_left), (int(tree.right[node]), ~goes_left)):
            waiting.append(path.extend(child, feature, float(tree.n_rows[child] / tree.n_rows[node]), goes_on))


def add_leaf(contributions: Scores, leaf: Path, value: float) -> None:
    """Add a leaf's Shapley values to all rows: computed once for each code, of which there are few."""
    n = len(leaf.features)
    if n > MOST_FEATURES:
        raise ModellingError(
            f"A tree asks for {n} features on one path; explanations allow {MOST_FEATURES}. "
            "Limit max_depth or max_leaf_nodes of the candidate in ml/experiment.yml."
        )
    codes, which = find_present(leaf.codes, 1 << n)
    follows = (codes >> np.arange(n)[:, None] & 1).astype(bool)
    for feature, values in zip(leaf.features, value_product(follows, np.array(leaf.shares)), strict=True):
        contributions[:, feature] += value * values[which]


def find_present(codes: Whole, n_possible: int) -> tuple[Whole, Whole]:
    """The codes that rows have, ascending, and the place of each row's among them."""
    if n_possible > 4 * len(codes):
        return np.unique(codes, return_inverse=True)
    is_present = np.bincount(codes, minlength=n_possible) > 0  # far quicker than sorting, where there is room
    return np.flatnonzero(is_present), (np.cumsum(is_present) - 1)[codes]


@cache
def find_points(n: int) -> tuple[Scores, Scores]:
    """Points and weights of Gauss-Legendre quadrature from 0 to 1."""
    points, weights = np.polynomial.legendre.leggauss(n)
    return (points + 1) / 2, weights / 2


def value_product(follows: Flags, shares: Scores) -> Scores:
    """Shapley values, features by columns, of the game `product over features of (follows if it plays, else share)`."""
    chance, weights = find_points(len(shares) // 2 + 1)
    factors = shares[:, None, None] * (1 - chance) + follows[:, :, None] * chance
    without_own = factors.prod(axis=0) / factors
    values: Scores = (follows - shares[:, None]) * (without_own @ weights)
    return values
