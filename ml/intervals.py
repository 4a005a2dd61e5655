"""Intervals for rates, for ratios of rates, and for anything counted anew in resamples of officers.

Pure functions of arrays. An officer who stands at several as-of dates is one observation with several parts, not
several: rates are linearised by officer, and resamples draw officers with all their rows.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ml.matrices import Scores

Z95 = 1.959963984540054  # of the normal distribution: 95 % lie within
Codes = npt.NDArray[np.intp]
Weights = npt.NDArray[np.float32]


class Estimate(NamedTuple):
    """A value with its 95 % interval; an end is None where it is unbounded or not defined."""

    value: float
    low: float | None
    high: float | None

    def over(self, divisor: float) -> "Estimate":
        """The estimate divided by a number that is known exactly."""
        low, high = (None if end is None else end / divisor for end in (self.low, self.high))
        return Estimate(self.value / divisor, low, high)


def estimate_rate(numerator: Scores, denominator: Scores, officers: Codes) -> Estimate | None:
    """A rate as a ratio of sums with Wilson's interval, widened where officers stand in several rows.

    `officers` numbers the officer of each row. Wilson's interval is computed for the effective number of cases: as many
    independent ones as would give the variance between officers (Korn and Graubard's approach to clustered surveys),
    never more than there are. None if the denominator is nothing.
    """
    cases = float(denominator.sum())
    if not cases > 0:
        return None
    rate = float(numerator.sum()) / cases
    n_officers = int((np.bincount(officers, denominator) > 0).sum())
    effective = min(cases, float(n_officers))
    residuals = np.bincount(officers, numerator - rate * denominator)
    if 0 < rate < 1 and n_officers > 1:
        variance = n_officers / (n_officers - 1) * float((residuals**2).sum()) / cases**2
        effective = min(cases, rate * (1 - rate) / variance) if variance > 0 else cases
    return Estimate(rate, *wilson(rate, effective))


def wilson(rate: float, cases: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a rate observed in a number of cases, which need not be whole."""
    middle = (rate + Z95**2 / (2 * cases)) / (1 + Z95**2 / cases)
    half = Z95 * np.sqrt(rate * (1 - rate) / cases + Z95**2 / (4 * cases**2)) / (1 + Z95**2 / cases)
    return float(min(rate, max(0.0, middle - half))), float(max(rate, min(1.0, middle + half)))


def divide(above: Estimate, below: Estimate) -> Estimate | None:
    """The ratio of two independent rates, its interval made of theirs (Donner and Zou's MOVER-R).

    It holds where one of the rates is 0, as the logarithm of a ratio does not. None if the lower rate is 0; the upper
    end is None if the lower rate may be 0.
    """
    if below.value == 0 or above.low is None or above.high is None or below.low is None or below.high is None:
        return None
    product = above.value * below.value
    at_least = above.low * (2 * above.value - above.low)
    at_most = above.high * (2 * above.value - above.high)
    below_high = below.high * (2 * below.value - below.high)
    below_low = below.low * (2 * below.value - below.low)
    low = at_least / (product + np.sqrt(product**2 - at_least * below_high)) if at_least > 0 else 0.0
    high = (product + np.sqrt(product**2 - at_most * below_low)) / below_low if below_low > 0 else None
    return Estimate(above.value / below.value, float(low), None if high is None else float(high))


def draw_officers(n_officers: int, n_draws: int, seed: int) -> Weights:
    """How often each officer (rows) stands in each resample (columns); the first is the sample itself.

    Whole numbers far below 2^24, so single precision is exact.
    """
    random = np.random.default_rng(seed)
    weights = np.ones((n_draws + 1, n_officers), dtype=np.float32)
    for draw in range(1, n_draws + 1):
        weights[draw] = np.bincount(random.integers(n_officers, size=n_officers), minlength=n_officers)
    # Officers are picked and ordered again and again: each is one stretch of memory.
    return np.ascontiguousarray(weights.T)


def summarise(draws: Scores) -> Estimate:
    """The observed value, which comes first, with the middle 95 % of the resamples."""
    usable = draws[1:][np.isfinite(draws[1:])]
    if not len(usable):
        return Estimate(float(draws[0]), None, None)
    low, high = np.quantile(usable, [0.025, 0.975])
    return Estimate(float(draws[0]), float(low), float(high))
