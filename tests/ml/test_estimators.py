import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from synthetic_department import cook

from ml.errors import ModellingError
from ml.estimators import Blend, compress_counts, cook_baseline, describe, log_odds, score_by_rule
from ml.settings import Baseline


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    X = rng.poisson(2, size=(400, 4)).astype(np.float32)
    y = rng.random(400) < 1 / (1 + np.exp(1 - X[:, 0]))
    X[rng.random(X.shape) < 0.2] = np.nan
    return X, y


@pytest.mark.parametrize("position", [0, 1])
def test_a_score_does_not_depend_on_who_is_scored_beside(experiment, rows, position):
    """Nothing is fitted while scoring."""
    X, y = rows
    recipe = cook(experiment, position, ["a", "b", "c", "d"])
    fitted = recipe.estimator.fit(X, y)
    together = log_odds(fitted, X)
    # One row goes through another routine of the linear algebra library, which may round its last digit otherwise.
    assert np.allclose(together, np.concatenate([log_odds(fitted, X[[i]]) for i in range(len(X))]), rtol=1e-5)
    assert np.isfinite(together).all()
    assert together[y].mean() > together[~y].mean()


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_a_feature_that_is_always_missing_does_no_harm(experiment, rows):
    X, y = rows
    X[:, 1] = np.nan
    recipe = cook(experiment, 0, ["a", "b", "c", "d"])
    assert np.isfinite(log_odds(recipe.estimator.fit(X, y), X)).all()


def test_compression_keeps_order_sign_and_missing_values():
    values = np.array([-np.inf, -5, -0.5, 0, 0.5, 5, 500], dtype=np.float32)
    assert (np.diff(compress_counts(values)) > 0).all()
    assert np.isnan(compress_counts(np.array([np.nan], dtype=np.float32))).all()
    assert compress_counts(-values[1:]) == pytest.approx(-compress_counts(values[1:]))


def test_excluded_features_are_left_out_by_name(experiment):
    recipe = cook(experiment, 1, ["force_reports_12m", "force_reports_60m"])
    assert recipe.features == ("force_reports_60m",)
    with pytest.raises(ModellingError, match="gradient_boosting"):
        cook(experiment, 1, ["force_reports_12m"])


def test_a_count_orders_by_its_values_and_refuses_missing_ones(experiment):
    recipe = cook_baseline(Baseline(group="count", feature="force_reports_12m", why=""), experiment.grid.replay)
    X, y = np.array([[3.0], [1.0]], dtype=np.float32), np.array([True, False])
    assert score_by_rule(recipe.estimator.fit(X, y), X).tolist() == [3, 1]
    with pytest.raises(ModellingError, match="force_reports_12m"):
        score_by_rule(recipe.estimator, np.array([[np.nan]], dtype=np.float32))


def test_the_base_rate_is_everybody_alike(experiment):
    recipe = cook_baseline(Baseline(group="base_rate", why=""), experiment.grid.replay)
    X, y = np.empty((4, 0), dtype=np.float32), np.array([True, False, False, False])
    assert score_by_rule(recipe.estimator.fit(X, y), X).tolist() == [0.25] * 4


@pytest.mark.parametrize("position", [0, 1])
def test_log_odds_are_those_of_the_probabilities(experiment, rows, position):
    X, y = rows
    features = ["a", "b", "c", "d"]
    recipe = cook(experiment, position, features)
    fitted = recipe.estimator.fit(X, y)
    p = fitted.predict_proba(X.astype(np.float64))[:, 1]
    assert log_odds(fitted, X) == pytest.approx(np.log(p / (1 - p)))


def test_an_estimator_without_a_decision_function_gives_log_odds_too(rows):
    X, y = rows
    forest = RandomForestClassifier(5, max_depth=3, random_state=0).fit(X, y)
    assert 1 / (1 + np.exp(-log_odds(forest, X))) == pytest.approx(forest.predict_proba(X)[:, 1])


def test_an_estimator_is_described_alike_in_every_run(experiment):
    linear = cook(experiment, 0, ["a", "b"]).estimator
    assert "compress_counts" in describe(linear)
    assert " at 0x" not in describe(linear)
    assert describe(Blend([linear, linear])) == f"mean of the log-odds of {describe(linear)} and {describe(linear)}"
