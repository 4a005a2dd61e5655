"""Bins found outside of boosting give the trees that scikit-learn's own give."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline

from ml.binning import BinnedBoosting, Bins, find_edges
from ml.calibration import Calibration
from ml.explanation import explain
from ml.registry import preserve, restore

PARAMS = {"max_iter": 8, "max_leaf_nodes": 5, "min_samples_leaf": 20, "max_bins": 64, "early_stopping": False}


@pytest.fixture(scope="module")
def rows():
    """A count; a measure of many values; a count that is often missing; a column that never differs."""
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.poisson(1, 3000), rng.normal(size=3000), rng.poisson(3, 3000), np.ones(3000)])
    X = X.astype(np.float32)
    X[rng.random(3000) < 0.4, 2] = np.nan
    y = rng.random(3000) < 1 / (1 + np.exp(1 - X[:, 0] + X[:, 1] - np.isnan(X[:, 2])))
    return X, y


@pytest.fixture(scope="module")
def binned(rows):
    return Pipeline([("bin", Bins()), ("estimate", BinnedBoosting(**PARAMS))]).fit(*rows)


def test_few_values_have_a_bin_each_and_many_share_them_evenly():
    assert find_edges(np.array([3, 1, np.nan, 1, 7], dtype=np.float32), 64).tolist() == [1, 3]
    edges = find_edges(np.arange(1000, dtype=np.float32), 10)
    assert edges.tolist() == [99, 199, 299, 399, 499, 599, 699, 799, 899]
    assert find_edges(np.array([np.nan], dtype=np.float32), 10).tolist() == []


def test_codes_keep_the_order_and_what_is_missing(rows):
    X, _ = rows
    codes = Bins(max_bins=16).fit(X).transform(X)
    assert (np.isnan(codes) == np.isnan(X)).all()
    for column in range(X.shape[1]):
        known = ~np.isnan(X[:, column])
        order = np.argsort(X[known, column], kind="stable")
        assert (np.diff(codes[known, column][order]) >= 0).all()
        assert codes[known, column].max() <= 15


def test_trees_are_those_of_scikit_learn_where_each_value_has_its_bin(rows):
    X, y = rows
    X = np.where(np.isnan(X), X, np.rint(X * 4))
    ours = Pipeline([("bin", Bins()), ("estimate", BinnedBoosting(**PARAMS))]).fit(X, y)
    theirs = HistGradientBoostingClassifier(**PARAMS).fit(X, y)
    assert ours.decision_function(X) == pytest.approx(theirs.decision_function(X), abs=1e-9)


def test_it_is_kept_and_explained_like_any_other(rows, binned):
    X, _ = rows
    kept = preserve(binned)
    again = restore(kept.content, kept.sha256)
    assert (again.decision_function(X) == binned.decision_function(X)).all()
    explained = explain(again, X, Calibration())
    assert explained.log_odds == pytest.approx(binned.decision_function(X), abs=1e-6)


def test_codes_that_are_no_bins_are_refused(rows):
    X, y = rows
    with pytest.raises(ValueError, match="prepare by `binned`"):
        BinnedBoosting(max_bins=32).fit(np.arange(len(X), dtype=np.float32)[:, None], y)
