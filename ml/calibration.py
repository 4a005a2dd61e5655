"""From log-odds to a probability that means what it says: two numbers, fitted on earlier time only.

A model's own probabilities drift: it learnt from years with another base rate, and it was shrunk. Slope and intercept
(Platt's, on the log-odds) put that right. They are fitted on what the same group said out of sample at an earlier date,
against labels as knowable at the date at which they are used. The slope is positive, so the order of officers stays.

Belongs here: pure functions of log-odds and labels. Does not: which date is early enough (`ml.splits`).
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from ml.matrices import Flags, Scores

# A prior worth this many officers says that the model's own probabilities are right: with thousands of officers it does
# not matter, with fifty it keeps a handful of positives from turning the scale.
PRIOR_OFFICERS = 20.0
# A model that ordered officers wrongly at the earlier date keeps its order, at probabilities next to equal.
LEAST_SLOPE = 0.05
STEPS = 100
TOLERANCE = 1e-10


@dataclass(frozen=True)
class Calibration:
    """`score = 1 / (1 + exp(-(intercept + slope * log_odds)))`, and the date of the predictions it was fitted on."""

    slope: float = 1.0
    intercept: float = 0.0
    calibrated_on: dt.date | None = None

    def apply(self, log_odds: Scores) -> Scores:
        """Calibrated probabilities."""
        return to_probability(self.intercept + self.slope * log_odds)


def to_probability(log_odds: Scores) -> Scores:
    """The logistic function, without overflow."""
    return np.exp(-np.logaddexp(0.0, -log_odds))


def to_log_odds(probability: Scores) -> Scores:
    """Its inverse; certainty, which no model has, is taken for one in a thousand million."""
    kept = np.clip(probability, 1e-9, 1 - 1e-9)
    return np.log(kept) - np.log1p(-kept)


def fit(log_odds: Scores, is_positive: Flags, date: dt.date) -> Calibration:
    """The slope and intercept under which these labels are likeliest, drawn a little towards 1 and 0."""
    slope, intercept = _solve(log_odds, is_positive, is_slope_free=True, slope=1.0)
    if slope < LEAST_SLOPE:
        slope, intercept = _solve(log_odds, is_positive, is_slope_free=False, slope=LEAST_SLOPE)
    return Calibration(slope, intercept, date)


def _solve(log_odds: Scores, is_positive: Flags, is_slope_free: bool, slope: float) -> tuple[float, float]:
    """Newton's method on the penalised likelihood, which has one maximum; a step that overshoots is halved."""
    # The prior: officers at the model's own log-odds whose labels are the model's own probabilities.
    weight = PRIOR_OFFICERS / len(log_odds)
    target = is_positive + weight * to_probability(log_odds)
    X = np.column_stack([log_odds, np.ones_like(log_odds)])
    free = np.array([is_slope_free, True])
    beta = np.array([slope, 0.0])

    def loss(at: Scores) -> float:
        z = X @ at
        return float(((1 + weight) * np.logaddexp(0.0, z) - target * z).sum())

    for _ in range(STEPS):
        p = to_probability(X @ beta)
        gradient = X.T @ ((1 + weight) * p - target)
        hessian = (X.T * ((1 + weight) * p * (1 - p))) @ X + 1e-9 * np.eye(2)
        step = np.zeros(2)
        step[free] = np.linalg.solve(hessian[np.ix_(free, free)], gradient[free])
        before = loss(beta)
        while loss(beta - step) > before and np.abs(step).max() > TOLERANCE:
            step /= 2
        beta = beta - step
        if np.abs(step).max() < TOLERANCE:
            break
    return float(beta[0]), float(beta[1])
