"""Calibration against scikit-learn, and what it promises."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from ml import calibration
from ml.calibration import Calibration

DAY = dt.date(2012, 1, 1)


def draw(n, slope, intercept, seed=0):
    """Log-odds, and labels that happen with the probability of other log-odds."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-2, 1.2, n)
    return log_odds, rng.random(n) < 1 / (1 + np.exp(-(intercept + slope * log_odds)))


def test_it_finds_what_an_unpenalised_regression_finds():
    log_odds, is_positive = draw(50_000, 0.7, -0.5)
    fitted = calibration.fit(log_odds, is_positive, DAY)
    slow = LogisticRegression(C=1e9, tol=1e-10, max_iter=10_000).fit(log_odds[:, None], is_positive)
    assert fitted.slope == pytest.approx(slow.coef_[0, 0], abs=2e-3)
    assert fitted.intercept == pytest.approx(slow.intercept_[0], abs=2e-3)
    assert fitted.calibrated_on == DAY


def test_calibrated_probabilities_add_up_to_what_happened():
    log_odds, is_positive = draw(20_000, 1.3, 1.0)
    score = calibration.fit(log_odds, is_positive, DAY).apply(log_odds)
    assert score.sum() == pytest.approx(is_positive.sum(), rel=5e-3)
    assert np.abs(score - is_positive.mean()).max() > 0.1


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 80), st.floats(-3, 3), st.floats(0, 1), st.integers(0, 1_000))
def test_order_stays_whatever_the_labels_say(n, slope, share, seed):
    """Even where the model was wrong, or nobody or everybody had the outcome."""
    log_odds, by_score = draw(n, slope, 0, seed)
    is_positive = np.where(np.random.default_rng(seed).random(n) < share, by_score, seed % 2 == 0)
    fitted = calibration.fit(log_odds, is_positive, DAY)
    score = fitted.apply(log_odds)
    assert fitted.slope >= calibration.LEAST_SLOPE
    assert np.isfinite(score).all()
    assert (np.diff(score[np.argsort(log_odds)]) >= 0).all()


def test_a_handful_of_officers_moves_it_little():
    log_odds = np.array([-2.0, -1.9, -2.1])
    fitted = calibration.fit(log_odds, np.array([True, False, False]), DAY)
    assert 0.12 < fitted.apply(np.array([-2.0]))[0] < 1 / 3


def test_uncalibrated_is_the_models_own_probability():
    assert Calibration().apply(np.array([0.0, 2.0])) == pytest.approx([0.5, 1 / (1 + np.exp(-2))])


@given(st.floats(1e-8, 1 - 1e-8))
def test_log_odds_and_probability_are_inverse(p):
    assert calibration.to_probability(calibration.to_log_odds(np.array([p])))[0] == pytest.approx(p, rel=1e-6)
