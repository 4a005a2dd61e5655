"""The scorecard: what it finds, that a pencil gives the same, and that it can be kept."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import roc_auc_score

from ml.registry import preserve, restore
from ml.scorecard import PointsScorecard, encode, find_cuts


@pytest.fixture(scope="module")
def rows():
    """Risk rises with the first column from 3 on, and falls with the second."""
    rng = np.random.default_rng(0)
    X = rng.poisson(2, size=(4000, 6)).astype(np.float32)
    y = rng.random(4000) < 1 / (1 + np.exp(2.5 - 2 * (X[:, 0] >= 3) - (X[:, 1] < 1)))
    X[rng.random(X.shape) < 0.05] = np.nan
    return X, y


@pytest.fixture(scope="module")
def fitted(rows):
    return PointsScorecard(max_rules=4).fit(*rows)


def test_it_finds_the_rules_that_are_there(fitted):
    first, second, *_ = fitted.rules
    assert (first.column, first.threshold, first.is_at_least, first.points) == (0, 3, True, 5)
    assert (second.column, second.threshold, second.is_at_least) == (1, 1, False)
    assert 1 <= second.points < 5


def test_a_pencil_gives_the_same_points(fitted, rows):
    X, _ = rows
    for row, points in zip(X[:50], fitted.count_points(X[:50]), strict=True):
        by_hand = 0
        for rule in fitted.rules:
            value = row[rule.column]
            if not np.isnan(value) and (value >= rule.threshold) == rule.is_at_least:
                by_hand += rule.points
        assert points == by_hand


def test_points_are_whole_few_and_worth_something(fitted, rows):
    X, y = rows
    assert len(fitted.rules) <= 4
    assert all(1 <= rule.points <= 5 for rule in fitted.rules)
    assert roc_auc_score(y, fitted.decision_function(X)) > 0.7
    assert fitted.predict_proba(X)[:, 1].mean() == pytest.approx(y.mean(), abs=1e-3)


def test_the_same_rows_give_the_same_card_and_noise_gives_few_rules(rows):
    X, y = rows
    card = PointsScorecard()
    assert clone(card).fit(X, y).rules == card.fit(X, y).rules
    flat = PointsScorecard().fit(np.zeros_like(X), y)
    assert flat.rules == []
    assert flat.predict_proba(X)[:, 1] == pytest.approx(y.mean(), abs=1e-3)


def test_it_is_kept_and_restored_without_a_pickle(fitted, rows):
    artefact = preserve(fitted)
    restored = restore(artefact.content, artefact.sha256)
    assert restored.rules == fitted.rules
    assert (restored.decision_function(rows[0]) == fitted.decision_function(rows[0])).all()


def test_codes_are_where_a_value_lies_among_the_cuts():
    values = np.array([np.nan, 0, 1, 2, 5, 9], dtype=np.float32)
    cuts = find_cuts(values, 5)
    codes = encode(values, cuts)
    assert codes[0] == 0
    for value, code in zip(values[1:], codes[1:], strict=True):
        assert code == 1 + (cuts <= value).sum()
    assert len(find_cuts(np.full(3, np.nan, dtype=np.float32), 5)) == 0
