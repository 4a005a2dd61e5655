"""From an entry of the grid to a scikit-learn estimator, and from an estimator to scores.

Belongs here: preparations, the baselines' estimator, construction. Does not: which rows to fit on (`ml.training`).
"""

import importlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from ml.binning import Bins
from ml.calibration import to_log_odds
from ml.errors import ModellingError
from ml.matrices import Flags, Floats, Scores
from ml.registry import Kind
from ml.settings import Baseline, Candidate, Preparation, Replay, Variation


@dataclass(frozen=True)
class Recipe:
    """A model group made ready for one department: which of its features, an estimator to clone, how it is replayed.

    `spec` is its entry of the grid, as far as results depend on it.
    """

    group: str
    kind: Kind
    features: tuple[str, ...]
    estimator: Any
    replay: Replay
    why: str
    spec: dict[str, Any]
    variation: str = ""
    members: tuple[str, ...] = ()

    @property
    def is_baseline(self) -> bool:
        """Whether it is a rule that nothing is fitted for."""
        return self.kind == "baseline"


class ColumnScore(BaseEstimator):
    """The rule `order officers by one feature` as an estimator; it learns nothing."""

    def __init__(self, feature: str) -> None:
        """Store the parameter, as scikit-learn asks."""
        self.feature = feature

    def fit(self, X: Floats, y: Flags) -> Self:
        """Check that the rule can be applied."""
        self.n_features_in_ = X.shape[1]
        self.decision_function(X)
        return self

    def decision_function(self, X: Floats) -> Scores:
        """The feature's own values."""
        if X.shape[1] != 1:
            raise ValueError(f"ColumnScore orders by one column, got {X.shape[1]}")
        if np.isnan(X).any():
            raise ModellingError(
                f"The baseline on '{self.feature}' cannot order officers: the feature has nulls. "
                "Name a feature without nulls in ml/experiment.yml."
            )
        return X[:, 0].astype(np.float64)


class Blend(ClassifierMixin, BaseEstimator):
    """The mean of the log-odds of fitted estimators, each of which looks at its own columns."""

    def __init__(self, estimators: Sequence[Any] = (), columns: Sequence[Sequence[int]] = ()) -> None:
        """Store the parameters, as scikit-learn asks."""
        self.estimators = estimators
        self.columns = columns

    def fit(self, X: Floats, y: Flags) -> Self:
        """Fit each estimator on its columns. In a replay they are fitted already, as candidates of their own."""
        for estimator, columns in zip(self.estimators, self.columns, strict=True):
            estimator.fit(X[:, list(columns)], y)
        return self

    def decision_function(self, X: Floats) -> Scores:
        """Log-odds."""
        said = [log_odds(one, X[:, list(own)]) for one, own in zip(self.estimators, self.columns, strict=True)]
        return np.mean(said, axis=0)


def compress_counts(X: Floats) -> Floats:
    """Signed log1p: counts have long tails, and the tenth event says less than the first."""
    return np.copysign(np.log1p(np.abs(X)), X)


def prepare_for_linear() -> list[tuple[str, Any]]:
    """Compress, standardise, put the training mean where a value is missing and say that it was missing."""
    return [
        ("compress", FunctionTransformer(compress_counts, feature_names_out="one-to-one")),
        ("standardise", StandardScaler()),
        # The mean of a standardised feature is 0; the scaler has ignored what is missing.
        ("impute", SimpleImputer(strategy="constant", fill_value=0.0, add_indicator=True, keep_empty_features=True)),
    ]


def prepare_nothing() -> list[tuple[str, Any]]:
    """For estimators that take missing values and any scale."""
    return []


def prepare_bins() -> list[tuple[str, Any]]:
    """Cut each feature into bins, for ml.binning.BinnedBoosting."""
    return [("bin", Bins())]


PREPARATIONS: dict[Preparation, Callable[[], list[tuple[str, Any]]]] = {
    "linear": prepare_for_linear,
    "binned": prepare_bins,
    "none": prepare_nothing,
}


def cook_candidate(candidate: Candidate, features: Sequence[str], seed: int, replay: Replay) -> Recipe:
    """The recipe of a candidate.

    Raises:
        ModellingError: the class or a parameter does not exist, or no feature is left.
    """
    kept = tuple(name for name in features if not (candidate.exclude and re.search(candidate.exclude, name)))
    if not kept:
        raise ModellingError(f"Candidate '{candidate.group}' excludes every feature: {candidate.exclude}")
    estimator = import_estimator(candidate)
    if "random_state" in estimator.get_params():
        estimator.set_params(random_state=seed)
    pipeline = Pipeline([*PREPARATIONS[candidate.preparation](), ("estimate", estimator)])
    return Recipe(candidate.group, "candidate", kept, pipeline, replay, candidate.why, _specify(candidate))


def cook_blend(candidate: Candidate, members: Sequence[Recipe], replay: Replay) -> Recipe:
    """The recipe of a blend of candidates that are cooked already."""
    features = tuple(sorted({name for member in members for name in member.features}))
    estimator = Blend([member.estimator for member in members], find_columns(features, [m.features for m in members]))
    return Recipe(
        candidate.group,
        "candidate",
        features,
        estimator,
        replay,
        candidate.why,
        _specify(candidate),
        members=tuple(member.group for member in members),
    )


def find_columns(features: Sequence[str], of_members: Sequence[Sequence[str]]) -> list[list[int]]:
    """Where each member of a blend finds its features among the blend's."""
    places = {name: place for place, name in enumerate(features)}
    return [[places[name] for name in own] for own in of_members]


def cook_variation(variation: Variation, reference: Recipe, replay: Replay) -> Recipe:
    """The reference candidate under changed settings of the replay."""
    return replace(
        reference,
        group=f"{reference.group}__{variation.name}",
        kind="variation",
        replay=replay,
        why=variation.why,
        variation=variation.name,
    )


def import_estimator(candidate: Candidate) -> Any:
    """The estimator that a candidate names, unfitted.

    Raises:
        ModellingError: it does not exist, gives no scores or does not know a parameter.
    """
    module, _, name = (candidate.estimator or "").rpartition(".")
    where = f"Candidate '{candidate.group}' of ml/experiment.yml"
    try:
        made = getattr(importlib.import_module(module), name)(**candidate.params)
    except (ImportError, AttributeError) as error:
        raise ModellingError(f"{where}: there is no {candidate.estimator}: {error}") from error
    except TypeError as error:
        raise ModellingError(f"{where}: {error}") from error
    if not (hasattr(made, "predict_proba") or hasattr(made, "decision_function")):
        raise ModellingError(f"{where}: {candidate.estimator} gives no scores, it has no predict_proba")
    return made


def cook_baseline(baseline: Baseline, replay: Replay) -> Recipe:
    """The recipe of a baseline."""
    estimator = ColumnScore(*baseline.features) if baseline.features else DummyClassifier(strategy="prior")
    return Recipe(baseline.group, "baseline", baseline.features, estimator, replay, baseline.why, _specify(baseline))


def _specify(entry: Baseline | Candidate) -> dict[str, Any]:
    return entry.model_dump(mode="json", exclude={"group", "why"})


def describe(estimator: Any) -> str:
    """An unfitted estimator on one line, the same in every run: without addresses in memory; a blend by its members."""
    if isinstance(estimator, Blend):
        return "mean of the log-odds of " + " and ".join(describe(member) for member in estimator.estimators)
    return re.sub(r"<function (\w+) at 0x[0-9a-f]+>", r"\1", " ".join(repr(estimator).split()))


def score_by_rule(estimator: Any, X: Floats) -> Scores:
    """A baseline's own number, higher is more at risk: what it counts, or the base rate."""
    if hasattr(estimator, "decision_function"):
        return estimator.decision_function(X).astype(np.float64)
    return estimator.predict_proba(X)[:, 1].astype(np.float64)


def log_odds(estimator: Any, X: Floats) -> Scores:
    """What a candidate says before calibration, in double precision, so that contributions can be told exactly.

    A decision function is taken as it is, whether or not it is on the scale of log-odds: calibration puts that right.
    """
    exact = X.astype(np.float64)
    if hasattr(estimator, "decision_function"):
        return estimator.decision_function(exact).astype(np.float64)
    return to_log_odds(estimator.predict_proba(exact)[:, 1].astype(np.float64))
