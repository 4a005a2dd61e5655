import numpy as np
import pytest

from ml.errors import ModellingError
from ml.estimators import compress_counts, cook_baseline, cook_candidate, score_rows
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
    recipe = cook_candidate(experiment.grid.candidates[position], ["a", "b", "c", "d"], seed=0)
    fitted = recipe.estimator.fit(X, y)
    together = score_rows(fitted, X)
    # One row goes through another routine of the linear algebra library, which may round its last digit otherwise.
    assert np.allclose(together, np.concatenate([score_rows(fitted, X[[i]]) for i in range(len(X))]), rtol=1e-5)
    assert np.isfinite(together).all()
    assert together[y].mean() > together[~y].mean()


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_a_feature_that_is_always_missing_does_no_harm(experiment, rows):
    X, y = rows
    X[:, 1] = np.nan
    recipe = cook_candidate(experiment.grid.candidates[0], ["a", "b", "c", "d"], seed=0)
    assert np.isfinite(score_rows(recipe.estimator.fit(X, y), X)).all()


def test_compression_keeps_order_sign_and_missing_values():
    values = np.array([-np.inf, -5, -0.5, 0, 0.5, 5, 500], dtype=np.float32)
    assert (np.diff(compress_counts(values)) > 0).all()
    assert np.isnan(compress_counts(np.array([np.nan], dtype=np.float32))).all()
    assert compress_counts(-values[1:]) == pytest.approx(-compress_counts(values[1:]))


def test_excluded_features_are_left_out_by_name(experiment):
    recipe = cook_candidate(experiment.grid.candidates[1], ["force_reports_12m", "force_reports_60m"], seed=0)
    assert recipe.features == ("force_reports_60m",)
    with pytest.raises(ModellingError, match="gradient_boosting"):
        cook_candidate(experiment.grid.candidates[1], ["force_reports_12m"], seed=0)


def test_a_count_orders_by_its_values_and_refuses_missing_ones():
    recipe = cook_baseline(Baseline(group="count", feature="force_reports_12m", why=""))
    X, y = np.array([[3.0], [1.0]], dtype=np.float32), np.array([True, False])
    assert score_rows(recipe.estimator.fit(X, y), X).tolist() == [3, 1]
    with pytest.raises(ModellingError, match="force_reports_12m"):
        score_rows(recipe.estimator, np.array([[np.nan]], dtype=np.float32))


def test_the_base_rate_is_everybody_alike():
    recipe = cook_baseline(Baseline(group="base_rate", why=""))
    X, y = np.empty((4, 0), dtype=np.float32), np.array([True, False, False, False])
    assert score_rows(recipe.estimator.fit(X, y), X).tolist() == [0.25] * 4
