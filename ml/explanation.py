"""Why a score is what it is: signed contributions of the features, on the scale of log-odds, that sum to it.

`base + contributions.sum()` is the log-odds of the row, to rounding. The base is the mean log-odds of the rows that are
explained together, so a contribution says what sets an officer apart from the average of the cohort. Belongs here: one
function for each kind of estimator, and what is derived from contributions. Does not: SQL, or words (models/scores).
"""

import re
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from ml.calibration import Calibration, to_log_odds
from ml.errors import ModellingError
from ml.estimators import Blend
from ml.matrices import Floats, Scores
from ml.scorecard import PointsScorecard
from ml.shapley import Tree, explain_trees

# A prepared column is named after the feature that it was made of: f12, missingindicator_f12, f12_sp_0.
SOURCE = re.compile(r"^(?:missingindicator_)?f(\d+)(?:_.+)?$")


@dataclass(frozen=True)
class Explanation:
    """Contributions of each feature (columns) to each row's log-odds, beside what is the same for all rows."""

    base: float
    contributions: Scores

    @property
    def log_odds(self) -> Scores:
        """What is explained."""
        return self.base + self.contributions.sum(axis=1)


def explain(estimator: Any, X: Floats, calibration: Calibration) -> Explanation:
    """Contributions to the calibrated log-odds, as differences from the mean of these rows.

    Raises:
        ModellingError: nobody has said how an estimator of this kind is explained.
    """
    base, contributions = attribute(estimator, X.astype(np.float64))
    usual = contributions.mean(axis=0)
    return Explanation(
        calibration.intercept + calibration.slope * (base + float(usual.sum())),
        calibration.slope * (contributions - usual),
    )


@singledispatch
def attribute(estimator: Any, X: Scores) -> tuple[float, Scores]:
    """A constant and the features' parts in each row, which sum to the estimator's log-odds."""
    raise ModellingError(
        f"Nobody has said how a {type(estimator).__name__} is explained, and a score without reasons is not published. "
        "Write its `attribute` in ml/explanation.py, or remove the candidate from ml/experiment.yml."
    )


@attribute.register
def _attribute_pipeline(estimator: Pipeline, X: Scores) -> tuple[float, Scores]:
    """A prepared column's part is that of the feature of which it was made; so is a missing indicator's."""
    *preparation, (_, final) = estimator.steps
    if not preparation:
        return attribute(final, X)
    base, parts = attribute(final, estimator[:-1].transform(X))
    contributions = np.zeros(X.shape)
    np.add.at(contributions.T, find_sources(estimator[:-1], X.shape[1]), parts.T)
    return base, contributions


def find_sources(preparation: Pipeline, n_features: int) -> npt.NDArray[np.intp]:
    """The feature that each prepared column was made of.

    Raises:
        ModellingError: a column's name does not say.
    """
    names = preparation.get_feature_names_out([f"f{i}" for i in range(n_features)])
    found = [SOURCE.match(name) for name in names]
    if unknown := [str(name) for name, match in zip(names, found, strict=True) if not match]:
        raise ModellingError(f"These prepared columns are made of more than one feature: {', '.join(unknown)}.")
    return np.array([int(match[1]) for match in found if match], dtype=np.intp)


@attribute.register
def _attribute_linear(estimator: LogisticRegression, X: Scores) -> tuple[float, Scores]:
    return float(estimator.intercept_[0]), X * estimator.coef_[0]


@attribute.register
def _attribute_scorecard(estimator: PointsScorecard, X: Scores) -> tuple[float, Scores]:
    """Each rule's points are those of the feature that it asks for."""
    contributions = np.zeros(X.shape)
    for rule in estimator.rules:
        values = X[:, rule.column]
        applies = values >= rule.threshold if rule.is_at_least else values < rule.threshold
        contributions[:, rule.column] += estimator.log_odds_per_point_ * rule.points * applies
    return estimator.intercept_, contributions


@attribute.register
def _attribute_boosting(estimator: HistGradientBoostingClassifier, X: Scores) -> tuple[float, Scores]:
    """Shapley values of trees that add up log-odds; where each tree asks for one feature, simply what its trees say."""
    expectation, contributions = explain_trees([_read_boosted(tree.nodes) for (tree,) in estimator._predictors], X)
    return float(estimator._baseline_prediction.item()) + expectation, contributions


@attribute.register
def _attribute_blend(estimator: Blend, X: Scores) -> tuple[float, Scores]:
    """The mean of the members' parts."""
    base, contributions = 0.0, np.zeros(X.shape)
    for member, columns in zip(estimator.estimators, estimator.columns, strict=True):
        own_base, own_parts = attribute(member, X[:, list(columns)])
        base += own_base
        contributions[:, list(columns)] += own_parts
    return base / len(estimator.estimators), contributions / len(estimator.estimators)


@attribute.register(RandomForestClassifier)
@attribute.register(ExtraTreesClassifier)
def _attribute_forest(estimator: Any, X: Scores) -> tuple[float, Scores]:
    """Shapley values of the mean probability, each row's stretched alike onto the scale of log-odds.

    A forest adds up probabilities, and their log-odds are no sum over trees. The stretch is the slope of the line from
    the expected probability to the row's own, so signs and proportions stay.
    """
    trees = [_read_grown(grown.tree_, len(estimator.estimators_)) for grown in estimator.estimators_]
    expected, parts = explain_trees(trees, X)
    base = float(to_log_odds(np.array(expected)))
    rise = parts.sum(axis=1)
    run = to_log_odds(expected + rise) - base
    at_expectation = 1 / (expected * (1 - expected))
    stretch = np.divide(run, rise, out=np.full(len(X), at_expectation), where=np.abs(rise) > 1e-12)
    return base, parts * stretch[:, None]


def _read_boosted(nodes: npt.NDArray[np.void]) -> Tree:
    return Tree(
        feature=nodes["feature_idx"],
        threshold=nodes["num_threshold"],
        is_missing_left=nodes["missing_go_to_left"].astype(bool),
        left=np.where(nodes["is_leaf"], -1, nodes["left"].astype(np.int64)),
        right=nodes["right"].astype(np.int64),
        n_rows=nodes["count"].astype(np.float64),
        value=nodes["value"],
    )


def _read_grown(tree: Any, n_trees: int) -> Tree:
    """A tree of a forest, its leaves' probabilities divided by the number of trees."""
    return Tree(
        feature=tree.feature,
        threshold=tree.threshold,
        is_missing_left=tree.missing_go_to_left.astype(bool),
        left=tree.children_left,
        right=tree.children_right,
        n_rows=tree.weighted_n_node_samples,
        value=tree.value[:, 0, 1] / n_trees,
    )
