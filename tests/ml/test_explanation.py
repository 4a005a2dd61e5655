"""Contributions of every candidate kind, against what the estimator itself says."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import KBinsDiscretizer, PolynomialFeatures

from ml.calibration import Calibration
from ml.errors import ModellingError
from ml.estimators import PREPARATIONS, Blend, cook_blend, cook_candidate, log_odds
from ml.explanation import explain, find_sources
from ml.settings import load_grid

CALIBRATION = Calibration(0.8, -0.4)
GRID = load_grid()
FEATURES = tuple("abcdef")


@pytest.fixture(scope="module")
def rows():
    """Counts with missing values, and an outcome that two of them make likely only together."""
    rng = np.random.default_rng(0)
    X = rng.poisson(2, size=(3_000, len(FEATURES))).astype(np.float32)
    y = rng.random(len(X)) < 1 / (1 + np.exp(2 - X[:, 0] * (X[:, 1] > 2)))
    X[rng.random(X.shape) < 0.2] = np.nan
    return X, y


def pipe(*steps):
    return Pipeline([(type(step).__name__, step) for step in steps])


KINDS = {
    "linear": Pipeline([*PREPARATIONS["linear"](), ("estimate", LogisticRegression(C=0.1, solver="newton-cholesky"))]),
    "additive trees": HistGradientBoostingClassifier(
        max_iter=30, interaction_cst="no_interactions", early_stopping=False
    ),
    "trees": pipe(HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=8, early_stopping=False)),
    "forest": RandomForestClassifier(20, min_samples_leaf=20, random_state=0),
    "extra trees": pipe(ExtraTreesClassifier(20, min_samples_leaf=20, random_state=0)),
    "blend": Blend(
        [
            pipe(SimpleImputer(add_indicator=True), LogisticRegression()),
            HistGradientBoostingClassifier(max_iter=10, early_stopping=False),
        ],
        [[0, 1, 3], [1, 2, 4]],
    ),
    "forest that is certain": RandomForestClassifier(5, random_state=0),
}


@pytest.mark.parametrize("kind", KINDS)
def test_contributions_sum_to_the_score(rows, kind):
    X, y = rows
    fitted = KINDS[kind].fit(X, y)
    explained = explain(fitted, X[:500], CALIBRATION)
    said = log_odds(fitted, X[:500])
    assert explained.log_odds == pytest.approx(CALIBRATION.intercept + CALIBRATION.slope * said, abs=1e-6)
    assert 1 / (1 + np.exp(-explained.log_odds)) == pytest.approx(CALIBRATION.apply(said), abs=1e-6)


@pytest.mark.parametrize("candidate", GRID.candidates, ids=lambda candidate: candidate.group)
def test_every_candidate_of_the_grid_is_explained(rows, candidate):
    X, y = rows
    cooked = {
        one.group: cook_candidate(one, FEATURES, seed=0, replay=GRID.replay) for one in GRID.candidates if not one.blend
    }
    if candidate.blend:
        members = [cooked[group] for group in candidate.blend]
        cooked[candidate.group] = cook_blend(candidate, members, GRID.replay)
    fitted = cooked[candidate.group].estimator.fit(X, y)
    explained = explain(fitted, X[:500], CALIBRATION)
    said = log_odds(fitted, X[:500])
    assert explained.log_odds == pytest.approx(CALIBRATION.intercept + CALIBRATION.slope * said, abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_the_base_is_the_average_officer(rows, kind):
    X, y = rows
    explained = explain(KINDS[kind].fit(X, y), X[:500], CALIBRATION)
    assert explained.contributions.mean(axis=0) == pytest.approx(0, abs=1e-9)
    assert explained.base == pytest.approx(explained.log_odds.mean())


def test_a_linear_contribution_is_weight_times_value_with_the_missing_indicator_folded_in(rows):
    X, y = rows
    fitted = KINDS["linear"].fit(X, y)
    prepared, weights = fitted[:-1].transform(X), fitted[-1].coef_[0]
    assert prepared.shape[1] == 2 * len(FEATURES)
    raw = prepared[:, 2] * weights[2] + np.isnan(X[:, 2]) * weights[len(FEATURES) + 2]
    explained = explain(fitted, X, Calibration())
    assert explained.contributions[:, 2] == pytest.approx(raw - raw.mean(), abs=1e-6)


def test_additive_trees_are_told_apart_feature_by_feature(rows):
    """Where no tree combines features, a contribution depends on the feature's own value only."""
    X, y = rows
    fitted = KINDS["additive trees"].fit(X, y)
    before = explain(fitted, X, Calibration())
    changed = X.copy()
    changed[:, 1:] = changed[::-1, 1:]
    after = explain(fitted, changed, Calibration())
    assert after.contributions[:, 0] == pytest.approx(before.contributions[:, 0], abs=1e-12)
    assert np.abs(after.contributions[:, 1] - before.contributions[:, 1]).max() > 0.1


def test_a_forest_keeps_signs_and_proportions(rows):
    X, y = rows
    explained = explain(KINDS["forest"].fit(X, y), X[:500], Calibration())
    assert explained.contributions[:, 0].std() > 3 * explained.contributions[:, 4].std()


def test_prepared_columns_go_back_to_their_features(rows):
    X, _ = rows
    binned = pipe(KBinsDiscretizer(3, encode="onehot-dense", quantile_method="averaged_inverted_cdf"))
    binned.fit(np.nan_to_num(X[:, :3]))
    assert find_sources(binned, 3).tolist() == [0] * 3 + [1] * 3 + [2] * 3
    products = pipe(PolynomialFeatures(2, interaction_only=True, include_bias=False)).fit(np.nan_to_num(X[:, :2]))
    with pytest.raises(ModellingError, match="more than one feature: f0 f1"):
        find_sources(products, 2)


def test_an_estimator_that_nobody_can_explain_is_named(rows):
    X, y = rows
    with pytest.raises(ModellingError, match="how a DummyClassifier is explained"):
        explain(DummyClassifier().fit(X, y), X, Calibration())
