"""A points scorecard that fits on a page: `30 days or less since the last complaint: 3 points`, and a handful more.

It can be computed with a pencil, and argued about. Belongs here: the estimator. Does not: which features it may look at
(`ml/experiment.yml`).
"""

from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression

from ml.matrices import Flags, Floats, Scores

Codes = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.intp]
SCREENED_ROWS = 20_000


class Rule(NamedTuple):
    """Who gets the points: those whose value is at least the threshold, or below it. A missing value gets none."""

    column: int
    threshold: float
    is_at_least: bool
    points: int


class Split(NamedTuple):
    """A rule under trial: what it explains, and where it cuts a screened column's codes."""

    gain: float
    place: int
    cut: int
    is_at_least: bool

    def find_rows(self, codes: Codes) -> Scores:
        """1 where the rule applies, 0 elsewhere."""
        applies = (codes > self.cut + 1) if self.is_at_least else ((codes > 0) & (codes <= self.cut + 1))
        return applies.astype(np.float64)


class PointsScorecard(ClassifierMixin, BaseEstimator):
    """A sum of few rules with whole points.

    Rules are found one by one: each is the split of one feature that explains best what the rules so far leave
    unexplained (the score test of a logistic regression), and all are weighed anew. Weights become whole points in the
    end, and two numbers turn the sum of points into log-odds.

    Parameters:
        max_rules: rules on the page; those whose weight rounds to nothing drop out.
        max_points: points of the heaviest rule.
        n_thresholds: splits that are tried per feature and direction, at quantiles of its values.
        n_screened: features that are looked at after the first look, the most telling ones.
        min_share: share of the officers that both sides of a split have at least.
        regularization: strength that draws weights towards none, in officers.
    """

    def __init__(
        self,
        max_rules: int = 10,
        max_points: int = 5,
        n_thresholds: int = 12,
        n_screened: int = 80,
        min_share: float = 0.01,
        regularization: float = 10.0,
    ) -> None:
        """Store the parameters, as scikit-learn asks."""
        self.max_rules = max_rules
        self.max_points = max_points
        self.n_thresholds = n_thresholds
        self.n_screened = n_screened
        self.min_share = min_share
        self.regularization = regularization

    def fit(self, X: Floats, y: Flags) -> Self:
        """Find the rules, their points, and what a point is worth."""
        self.classes_ = np.array([False, True])
        self.n_features_in_ = X.shape[1]
        target = np.asarray(y, dtype=np.float64)
        columns = self._screen(X, target)
        cuts = [find_cuts(X[:, column], self.n_thresholds) for column in columns]
        codes = [encode(X[:, column], own) for column, own in zip(columns, cuts, strict=True)]
        counts = [np.bincount(own, minlength=len(edges) + 2) for own, edges in zip(codes, cuts, strict=True)]
        splits: list[Split] = []
        weights = np.empty(0)
        applies = np.empty((len(target), 0))
        probability = np.full(len(target), target.mean())
        while len(splits) < self.max_rules:
            residual, variance = target - probability, probability * (1 - probability)
            found = [
                self._find_split(place, own, count, residual, variance)
                for place, (own, count) in enumerate(zip(codes, counts, strict=True))
            ]
            best = max(found, key=lambda split: split.gain)
            if best.gain <= 0:
                break
            splits.append(best)
            applies = np.column_stack([applies, best.find_rows(codes[best.place])])
            weigher = LogisticRegression(C=1 / self.regularization, solver="newton-cholesky").fit(applies, y)
            weights, probability = weigher.coef_[0], weigher.predict_proba(applies)[:, 1]
        self._round([(int(columns[s.place]), float(cuts[s.place][s.cut]), s.is_at_least) for s in splits], weights)
        return self._scale(X, y)

    def _screen(self, X: Floats, target: Scores) -> npt.NDArray[np.intp]:
        """The columns whose best split tells most by itself, judged on rows at even distances."""
        sample = slice(None, None, max(1, len(target) // SCREENED_ROWS))
        share = target[sample].mean()
        residual, variance = target[sample] - share, np.full(len(target[sample]), share * (1 - share))
        gains = []
        for place in range(X.shape[1]):
            values = X[sample, place]
            cuts = find_cuts(values, self.n_thresholds)
            codes = encode(values, cuts)
            count = np.bincount(codes, minlength=len(cuts) + 2)
            gains.append(self._find_split(place, codes, count, residual, variance).gain)
        return np.sort(np.argsort(-np.array(gains), kind="stable")[: self.n_screened])

    def _find_split(self, place: int, codes: Codes, count: Counts, residual: Scores, variance: Scores) -> Split:
        """The split of one column with the largest score statistic; `count` says how many rows have each code."""
        n_cuts = len(count) - 2
        residuals, variances = np.bincount(codes, residual, len(count)), np.bincount(codes, variance, len(count))
        total, information = residuals.sum(), variances.sum()
        least = self.min_share * len(codes)
        best = Split(0.0, place, 0, True)
        for is_at_least in (True, False):
            n = sum_inside(count, is_at_least)
            own, weight = sum_inside(residuals, is_at_least), sum_inside(variances, is_at_least)
            # The intercept is free: what a rule explains is measured beside it.
            surprise = own - total * weight / information
            spread = weight * (1 - weight / information)
            # Points are added for risk only, so that no officer has to be argued down.
            is_possible = (n >= least) & (n <= len(codes) - least) & (surprise > 0) & (spread > 0)
            gains = np.divide(surprise**2, spread, out=np.zeros(n_cuts), where=is_possible)
            if gains.max(initial=0.0) > best.gain:
                best = Split(float(gains.max()), place, int(gains.argmax()), is_at_least)
        return best

    def _round(self, splits: list[tuple[int, float, bool]], weights: Scores) -> None:
        """Whole points in proportion to the weights; rules that round to nothing or less are left out."""
        heaviest = weights.max(initial=0.0)
        points = np.rint(weights / heaviest * self.max_points) if heaviest > 0 else np.zeros(len(weights))
        rules = sorted(
            (Rule(*split, int(own)) for split, own in zip(splits, points, strict=True) if own > 0),
            key=lambda rule: (-rule.points, rule.column, rule.threshold),
        )
        # Arrays, because an artefact holds plain data only.
        self.columns_ = np.array([rule.column for rule in rules], dtype=np.intp)
        self.thresholds_ = np.array([rule.threshold for rule in rules], dtype=np.float64)
        self.is_at_least_ = np.array([rule.is_at_least for rule in rules], dtype=bool)
        self.points_ = np.array([rule.points for rule in rules], dtype=np.intp)

    @property
    def rules(self) -> list[Rule]:
        """The page: rules, the heaviest first."""
        parts = (self.columns_, self.thresholds_, self.is_at_least_, self.points_)
        return [Rule(*rule) for rule in zip(*(part.tolist() for part in parts), strict=True)]

    def _scale(self, X: Floats, y: Flags) -> Self:
        """What a point is worth in log-odds, and the log-odds of nobody's points."""
        points = self.count_points(X)
        line = LogisticRegression(C=1e6, solver="newton-cholesky").fit(points[:, None], y)
        self.log_odds_per_point_ = float(max(line.coef_[0, 0], 0.0))
        self.intercept_ = float(line.intercept_[0])
        return self

    def count_points(self, X: Floats) -> Scores:
        """Each officer's points."""
        points = np.zeros(len(X))
        for rule in self.rules:
            values = X[:, rule.column]
            # A missing value compares as false either way.
            points += rule.points * (values >= rule.threshold if rule.is_at_least else values < rule.threshold)
        return points

    def decision_function(self, X: Floats) -> Scores:
        """Log-odds."""
        return self.intercept_ + self.log_odds_per_point_ * self.count_points(X)

    def predict_proba(self, X: Floats) -> Scores:
        """Probabilities of no event and of at least one."""
        risk = 1 / (1 + np.exp(-self.decision_function(X)))
        return np.column_stack([1 - risk, risk])

    def predict(self, X: Floats) -> Flags:
        """Whether an event is likelier than not."""
        return self.decision_function(X) > 0


def find_cuts(values: Floats, n_thresholds: int) -> Scores:
    """Distinct values at quantiles of a feature, dense in the upper tail, where counts differ."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.empty(0)
    shares = 1 - np.geomspace(0.01, 0.95, n_thresholds)
    cuts = np.unique(np.quantile(known, shares, method="higher"))
    return cuts[cuts > known.min()].astype(np.float64)


def sum_inside(by_code: Scores | Counts, is_at_least: bool) -> npt.NDArray[Any]:
    """For each cut the sum over the codes of rows that reach it, or that have a value and do not."""
    known = by_code[1:]
    return np.cumsum(known[::-1])[::-1][1:] if is_at_least else np.cumsum(known)[:-1]


def encode(values: Floats, cuts: Scores) -> Codes:
    """0 for a missing value, else one more than the number of cuts that the value reaches."""
    codes = np.searchsorted(cuts, values, side="right") + 1
    codes[np.isnan(values)] = 0
    return codes.astype(np.uint8)
