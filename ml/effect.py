"""Did the list help? What came of officers just on it against those just off it, and how sure that is.

Pure functions of arrays. Belongs here: the difference at the end of a list (regression discontinuity), what it could
have shown, and the change of listed officers beside that of the next ones. Does not: which lists, or when what came of
them is known (`ml.followup`).

The officers around a list's end differ in their scores by next to nothing, so a jump there in what came of them is the
list's doing. A fall among the listed from before to after is not: who is chosen for a bad year has a better one next.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from ml.intervals import Codes, Estimate
from ml.matrices import Flags, Floats

FEWER, MORE, NO_LARGE_DIFFERENCE, CANNOT_TELL = "fewer", "more", "no large difference", "cannot tell"

LEAST_OFFICERS = 20  # on either side; of fewer nothing is estimated
POWER = 0.8
LARGE = 1 / 3  # of what is usual: the least difference that somebody would act on

# Imbens and Kalyanaraman (2012), for a triangular kernel.
PILOT, CURVATURE, PENALTY, OPTIMAL = 1.84, 3.56, 2160, 3.4375

Reals = npt.NDArray[np.float64]


class Jump(NamedTuple):
    """The difference at a list's end: of those on it, less those off it."""

    difference: Estimate  # local linear; its interval is that of the local quadratic (see `estimate_jump`)
    level: float  # what is expected of the first officer off the list
    detectable: float  # the least true difference that would have been seen in four of five such studies
    bandwidth: float  # how far from the end, in scores, officers count
    n_listed: int  # rows within it
    n_unlisted: int


class Change(NamedTuple):
    """Means before and after of the listed and of the next ones, and how much more the listed changed."""

    listed_before: float
    listed_after: float
    next_before: float
    next_after: float
    difference: Estimate


class Fit(NamedTuple):
    """Weighted least squares with a variance that lets rows of one officer go together."""

    coefficients: Reals
    variance: Reals


def estimate_jump(distance: Reals, is_listed: Flags, values: Reals, officers: Codes) -> Jump | None:
    """Jump of the values at distance 0; none if either side has too few officers, or all with the same score.

    A line is fitted on either side, weighted by closeness. Its error has a part that more officers do not take away,
    because no curve is a line; so the interval is that of parabolas fitted to the same rows: the robust interval of
    Calonico, Cattaneo and Titiunik (2014) with both bandwidths equal.
    """
    sides = (is_listed, ~is_listed)
    if any(count_officers(officers[side]) < LEAST_OFFICERS or not np.ptp(distance[side]) > 0 for side in sides):
        return None
    bandwidth = max(choose_bandwidth(distance, is_listed, values), reach(distance, is_listed, officers))
    weights = np.maximum(0.0, 1 - np.abs(distance) / bandwidth)
    near = weights > 0
    x, side, y, w, o = distance[near], is_listed[near], values[near], weights[near], officers[near]
    line = fit(polynomials(x, side, 1), y, w, o)
    parabola = fit(polynomials(x, side, 2), y, w, o)
    error = float(np.sqrt(parabola.variance[1, 1]))
    freedom = min(count_officers(o[side]), count_officers(o[~side])) - 3
    middle, (half, power) = parabola.coefficients[1], stdtrit(freedom, [0.975, POWER]) * error
    difference = Estimate(float(line.coefficients[1]), float(middle - half), float(middle + half))
    return Jump(
        difference,
        float(line.coefficients[0]),
        float(half + power),
        bandwidth,
        int(side.sum()),
        int((~side).sum()),
    )


def judge(difference: Estimate, usual: float) -> str:
    """What may be said of a difference, given what is usual; that nothing may is the rule on short lists."""
    if difference.low is None or difference.high is None:
        return CANNOT_TELL
    if difference.high < 0:
        return FEWER
    if difference.low > 0:
        return MORE
    large = LARGE * usual
    return NO_LARGE_DIFFERENCE if -large < difference.low and difference.high < large else CANNOT_TELL


def compare_change(before: Reals, after: Reals, is_listed: Flags, officers: Codes) -> Change | None:
    """Before and after of the listed and of the next ones on the order; none if either are too few.

    The next ones were chosen by nobody, and by high scores too: what they fell, the listed would have fallen and more.
    """
    if min(count_officers(officers[is_listed]), count_officers(officers[~is_listed])) < LEAST_OFFICERS:
        return None
    fitted = fit(np.column_stack([np.ones(len(after)), is_listed]), after - before, np.ones(len(after)), officers)
    value, error = float(fitted.coefficients[1]), float(np.sqrt(fitted.variance[1, 1]))
    half = float(stdtrit(count_officers(officers) - 2, 0.975)) * error
    return Change(
        listed_before=float(before[is_listed].mean()),
        listed_after=float(after[is_listed].mean()),
        next_before=float(before[~is_listed].mean()),
        next_after=float(after[~is_listed].mean()),
        difference=Estimate(value, value - half, value + half),
    )


def count_officers(officers: Codes) -> int:
    """How many different ones."""
    return len(np.unique(officers))


def polynomials(x: Reals, side: Flags, degree: int) -> Floats:
    """1, the side, then each power of x for everybody and again for the listed."""
    powers = [x**power for power in range(1, degree + 1)]
    return np.column_stack([np.ones(len(x)), side, *powers, *(power * side for power in powers)])


def fit(design: Floats, values: Reals, weights: Reals, officers: Codes) -> Fit:
    """Coefficients and their variance, summed up by officer (the sandwich with its correction for few officers)."""
    bread = np.linalg.pinv(design.T @ (design * weights[:, None]))
    coefficients = bread @ (design.T @ (weights * values))
    residuals = weights * (values - design @ coefficients)
    _, codes = np.unique(officers, return_inverse=True)
    n, k, groups = len(values), design.shape[1], int(codes.max()) + 1
    scores = np.zeros((groups, k))
    np.add.at(scores, codes, design * residuals[:, None])
    correction = groups / (groups - 1) * (n - 1) / max(n - k, 1)
    return Fit(coefficients, correction * bread @ (scores.T @ scores) @ bread)


def reach(distance: Reals, is_listed: Flags, officers: Codes) -> float:
    """How far from the end one has to go to meet enough officers on either side."""
    found = []
    for side in (is_listed, ~is_listed):
        order = np.argsort(np.abs(distance[side]), kind="stable")
        _, first_seen = np.unique(officers[side][order], return_index=True)
        last = np.sort(first_seen)[LEAST_OFFICERS - 1]
        found.append(float(np.abs(distance[side][order[last]])))
    return max(found) * (1 + 1e-9)


def choose_bandwidth(distance: Reals, is_listed: Flags, values: Reals) -> float:
    """The bandwidth that balances noise against curvature (Imbens and Kalyanaraman, 2012)."""
    n, widest = len(distance), float(np.abs(distance).max())
    pilot = PILOT * float(distance.std()) * n ** (-1 / 5)
    around = np.abs(distance) <= pilot
    density = float(around.sum()) / (2 * n * pilot)
    cubic = np.column_stack([polynomials(distance, is_listed, 0), distance, distance**2, distance**3])
    third = 6 * float(np.linalg.lstsq(cubic, values, rcond=None)[0][-1])
    variances, curvatures, penalties = [], [], []
    for side in (is_listed, ~is_listed):
        close = side & around
        variance = float(values[close if close.sum() > 1 else side].var())
        width = CURVATURE * (variance / (density * max(third**2, 1e-12) * side.sum())) ** (1 / 7)
        used = side & (np.abs(distance) <= width)
        used = used if used.sum() > LEAST_OFFICERS else side
        curvatures.append(2 * float(np.polyfit(distance[used], values[used], 2)[0]))
        penalties.append(PENALTY * variance / (used.sum() * float(np.abs(distance[used]).max()) ** 4))
        variances.append(variance)
    curvature = (curvatures[0] - curvatures[1]) ** 2 + sum(penalties)
    if curvature == 0:
        return widest
    return min(widest, OPTIMAL * (sum(variances) / (density * curvature * n)) ** (1 / 5))
