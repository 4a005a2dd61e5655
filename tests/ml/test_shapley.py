"""Shapley values of trees against their definition, by enumeration of every coalition."""

from itertools import combinations
from math import comb

import numpy as np
import pytest

from ml.errors import ModellingError
from ml.shapley import Tree, explain_trees, value_product


def play(tree, row, coalition, node=0):
    """The value of a coalition, straight from the definition of the game."""
    if tree.left[node] < 0:
        return tree.value[node]
    left, right, value = tree.left[node], tree.right[node], row[tree.feature[node]]
    if tree.feature[node] in coalition:
        goes_left = tree.is_missing_left[node] if np.isnan(value) else value <= tree.threshold[node]
        return play(tree, row, coalition, left if goes_left else right)
    share = tree.n_rows[left] / tree.n_rows[node]
    return share * play(tree, row, coalition, left) + (1 - share) * play(tree, row, coalition, right)


def enumerate_shapley(tree, row, n_features):
    values = np.zeros(n_features)
    for feature in range(n_features):
        others = [other for other in range(n_features) if other != feature]
        for size in range(n_features):
            for coalition in combinations(others, size):
                gain = play(tree, row, {*coalition, feature}) - play(tree, row, set(coalition))
                values[feature] += gain / (n_features * comb(n_features - 1, size))
    return values


def grow(rng, n_features, depth):
    """A random tree whose paths ask for the same feature several times now and then."""
    nodes = []

    def add(level, n_rows):
        position = len(nodes)
        nodes.append([0, 0.0, False, -1, -1, n_rows, rng.normal()])
        if level < depth and n_rows > 1 and rng.random() < 0.9:
            n_left = rng.integers(1, n_rows)
            nodes[position][:3] = rng.integers(n_features), rng.normal(), rng.random() < 0.5
            nodes[position][3] = add(level + 1, n_left)
            nodes[position][4] = add(level + 1, n_rows - n_left)
        return position

    add(0, 1_000)
    kinds = (np.int64, np.float64, bool, np.int64, np.int64, np.float64, np.float64)
    return Tree(*(np.array(column, dtype=kind) for column, kind in zip(zip(*nodes, strict=True), kinds, strict=True)))


@pytest.fixture
def rows():
    X = np.random.default_rng(1).normal(size=(40, 4))
    X[np.random.default_rng(2).random(X.shape) < 0.2] = np.nan
    return X


@pytest.mark.parametrize("seed", range(8))
def test_values_are_those_of_the_definition(rows, seed):
    tree = grow(np.random.default_rng(seed), 4, depth=5)
    expectation, values = explain_trees([tree], rows)
    assert expectation == pytest.approx(play(tree, rows[0], set()))
    assert values == pytest.approx(np.array([enumerate_shapley(tree, row, 4) for row in rows]), abs=1e-12)


def test_values_and_expectation_sum_to_the_trees(rows):
    trees = [grow(np.random.default_rng(seed), 4, depth=6) for seed in range(20)]
    expectation, values = explain_trees(trees, rows)
    said = [sum(play(tree, row, {0, 1, 2, 3}) for tree in trees) for row in rows]
    assert expectation + values.sum(axis=1) == pytest.approx(said, abs=1e-12)


def test_few_rows_and_many_give_the_same(rows):
    """Codes of a path are listed where they are few, and found where rows are fewer."""
    tree = grow(np.random.default_rng(3), 4, depth=6)
    together = explain_trees([tree], np.tile(rows, (10, 1)))[1][: len(rows)]
    assert together == pytest.approx(np.vstack([explain_trees([tree], rows[[i]])[1] for i in range(len(rows))]))


def test_a_feature_that_no_tree_asks_for_contributes_nothing(rows):
    tree = grow(np.random.default_rng(4), 3, depth=5)
    assert (explain_trees([tree], rows)[1][:, 3] == 0).all()


def test_features_with_the_same_part_contribute_the_same():
    follows = np.array([[True], [True], [False]])
    values = value_product(follows, np.array([0.3, 0.3, 0.5]))[:, 0]
    assert values[0] == pytest.approx(values[1])
    assert values[2] < 0 < values[0]


def test_a_path_that_asks_for_too_many_features_is_named():
    n = 70  # splits, each by a feature of its own; to the right of each a leaf
    chain = Tree(
        feature=np.arange(2 * n + 1) % n,
        threshold=np.zeros(2 * n + 1),
        is_missing_left=np.zeros(2 * n + 1, dtype=bool),
        left=np.where(np.arange(2 * n + 1) < n, np.arange(2 * n + 1) + 1, -1),
        right=np.arange(2 * n + 1) + n + 1,
        n_rows=np.where(np.arange(2 * n + 1) <= n, n + 1 - np.arange(2 * n + 1), 1).astype(np.float64),
        value=np.ones(2 * n + 1),
    )
    with pytest.raises(ModellingError, match="63 features on one path"):
        explain_trees([chain], np.zeros((1, n)))
