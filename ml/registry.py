"""What identifies and preserves a model: identifiers, versions, rows of the registry, artefacts.

Belongs here: pure functions and rows. Does not: SQL (`ml/schema/`, `ml.warehouse`).
"""

import datetime as dt
import hashlib
import json
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal
from zipfile import ZIP_DEFLATED

import numpy as np
import numpy.typing as npt
import skops.io

from ml.calibration import Calibration
from ml.errors import ModellingError
from ml.matrices import Ids, Scores
from ml.settings import Experiment

PACKAGE = Path(__file__).parent
MODEL_CODE = (
    "binning",
    "calibration",
    "estimators",
    "evaluation",
    "fitting",
    "matrices",
    "scorecard",
    "shelf",
    "splits",
)
LIBRARIES = ("numpy", "scikit-learn", "scipy", "skops")

# Types beyond scikit-learn's public ones that an artefact may hold. A candidate that needs another is a line here,
# for a reviewer to see.
TRUSTED_TYPES = frozenset(
    {
        "ml.binning.BinnedBoosting",
        "ml.binning.Bins",
        "ml.estimators.Blend",
        "ml.estimators.compress_counts",
        "ml.scorecard.PointsScorecard",
        "numpy.dtype",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.tree._tree.Tree",
    }
)


Role = Literal["warm_up", "test", "final"]
Kind = Literal["baseline", "candidate", "variation"]


@dataclass(frozen=True)
class Artefact:
    """A fitted estimator as bytes."""

    sha256: str
    content: bytes


@dataclass(frozen=True)
class ModelRow:
    """One row of ml.models."""

    model_id: str
    outcome: str
    model_group: str
    is_baseline: bool
    variation: str
    role: Role
    train_start_date: dt.date
    train_end_date: dt.date
    horizon_months: int
    trained_on: dt.date
    predict_as_of_date: dt.date
    test_as_of_date: dt.date | None
    n_train_rows: int
    n_train_officers: int
    n_train_positives: int
    features: list[str]
    estimator: str
    seed: int
    calibration_slope: float
    calibration_intercept: float
    calibrated_on: dt.date | None
    code_version: str
    library_versions: dict[str, str]
    settings: dict[str, Any]
    artefact_sha256: str | None

    @property
    def calibration(self) -> Calibration:
        """What turns the model's log-odds into its score."""
        return Calibration(self.calibration_slope, self.calibration_intercept, self.calibrated_on)


@dataclass(frozen=True)
class GroupRow:
    """One row of ml.model_groups."""

    experiment_id: str
    model_group: str
    kind: Kind
    place: int
    estimator: str
    variation: str
    settings: dict[str, Any]
    why: str


@dataclass(frozen=True)
class EvaluationRow:
    """One row of ml.evaluations."""

    model_id: str
    experiment_id: str
    outcome: str
    model_group: str
    is_baseline: bool
    test_as_of_date: dt.date
    metric: str
    parameter: str
    value: float
    lower: float | None
    upper: float | None
    n_cohort: int
    n_positive: int


@dataclass(frozen=True)
class DrawsRow:
    """One row of ml.evaluation_draws."""

    experiment_id: str
    model_id: str
    metric: str
    parameter: str
    draws: list[float]


@dataclass(frozen=True)
class ListCurveRow:
    """One row of ml.list_curves."""

    experiment_id: str
    model_id: str
    list_size: int
    n_found: float


@dataclass(frozen=True)
class CalibrationBinRow:
    """One row of ml.calibration_bins."""

    experiment_id: str
    model_id: str
    bin: int
    n_officers: int
    mean_score: float
    n_positive: int


@dataclass(frozen=True)
class ListOverlapRow:
    """One row of ml.list_overlaps."""

    experiment_id: str
    outcome: str
    model_group: str
    earlier_as_of_date: dt.date
    later_as_of_date: dt.date
    parameter: str
    n_common: int
    overlap: float
    rank_correlation: float


@dataclass(frozen=True)
class EvidenceRow:
    """One row of ml.selection_evidence."""

    experiment_id: str
    outcome: str
    decided_on: dt.date
    model_group: str
    replay_as_of_date: dt.date
    metric: str
    parameter: str
    draws: list[float]


@dataclass(frozen=True)
class ModelDraws:
    """A row of ml.evaluation_draws with whose it is."""

    model_group: str
    kind: Kind
    test_as_of_date: dt.date
    metric: str
    parameter: str
    draws: list[float]


@dataclass(frozen=True)
class SelectionRow:
    """One row of ml.selections."""

    experiment_id: str
    outcome: str
    model_group: str | None
    selection_id: str
    decided_on: dt.date
    rule: str
    considered: dict[str, Any]
    refused: dict[str, Any]
    verdict: str


@dataclass(frozen=True)
class StepRow:
    """One row of ml.selection_steps."""

    selection_id: str
    outcome: str
    decided_on: dt.date
    is_test_date: bool
    model_group: str | None
    verdict: str


@dataclass(frozen=True)
class StandingRow:
    """One row of ml.selection_standings."""

    selection_id: str
    decided_on: dt.date
    model_group: str
    metric: str
    parameter: str
    n_dates: int
    mean: float
    mean_regret: float
    gap_to_best: float
    standard_error: float
    is_within_noise: bool
    refused_for: str = ""


@dataclass(frozen=True)
class ComparisonRow:
    """One row of ml.comparisons."""

    selection_id: str
    experiment_id: str
    outcome: str
    model_group: str
    compared_with: str
    metric: str
    parameter: str
    n_dates: int
    value: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class TrainingResampleRow:
    """One row of ml.training_resamples."""

    model_id: str
    draw: int
    parameter: str
    overlap: float
    rank_correlation: float


@dataclass(frozen=True)
class Predictions:
    """Out-of-sample scores of one model at one date, in the order of the matrix."""

    officers: Ids
    log_odds: Scores | None
    scores: Scores
    ranks: npt.NDArray[np.int32]


@dataclass(frozen=True)
class TrainedModel:
    """A model with all that the registry keeps of it; predictions only if it was replayed, refits only if it scores."""

    row: ModelRow
    artefact: Artefact | None
    predictions: Predictions | None
    resamples: list["TrainingResampleRow"]
    refits: Sequence[Artefact] = ()


def identify_experiment(experiment: Experiment, data_version: str) -> str:
    """A hash of the data's version, the settings, this package's code and the libraries that compute."""
    return _hash(experiment.model_dump(mode="json"), data_version, hash_code(), list_versions())


def identify_model(*depends_on: Any) -> str:
    """A hash of plain data that a model depends on, its code and its libraries."""
    return _hash(*depends_on, hash_model_code(), list_versions())


def identify_audit(data_version: str, *settings: Any) -> str:
    """The same audit of the same data has the same identifier in every run."""
    return _hash(data_version, settings, hash_code(), list_versions())


def identify_selection(experiment_id: str, outcome: str, choices: list[Any]) -> str:
    """The same choices of the same experiment have the same identifier."""
    return _hash(experiment_id, outcome, choices)


@cache
def hash_code() -> str:
    """Version of this package's code."""
    return _hash_files(path for path in PACKAGE.rglob("*") if path.suffix in {".py", ".sql"})


@cache
def hash_model_code() -> str:
    """Version of the code that a model's scores and ranks depend on; the rest may change without training anew."""
    return _hash_files(PACKAGE / f"{module}.py" for module in MODEL_CODE)


def _hash_files(paths: Iterable[Path]) -> str:
    return _hash(*(f"{path.name}\n{path.read_text(encoding='utf-8')}" for path in sorted(paths)))


def list_versions() -> dict[str, str]:
    """Versions of what computes."""
    return {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}


def _hash(*parts: Any) -> str:
    """Sixteen hex digits of a hash of plain data."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def preserve(estimator: Any) -> Artefact:
    """A fitted estimator as bytes that load without executing them.

    Raises:
        ModellingError: it holds a type that nobody has allowed, so it could not be loaded again.
    """
    content = skops.io.dumps(estimator, compression=ZIP_DEFLATED)
    _refuse_unknown_types(content)
    return Artefact(hashlib.sha256(content).hexdigest(), content)


def restore(content: bytes, sha256: str) -> Any:
    """The fitted estimator.

    Raises:
        ModellingError: the bytes are not those that were registered, or hold a type that nobody has allowed.
    """
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModellingError(f"The artefact's hash is not {sha256}, as ml.models says: it was changed. Train again.")
    _refuse_unknown_types(content)
    return skops.io.loads(content, trusted=sorted(TRUSTED_TYPES))


def _refuse_unknown_types(content: bytes) -> None:
    if unknown := sorted(set(skops.io.get_untrusted_types(data=content)) - TRUSTED_TYPES):
        raise ModellingError(
            f"The artefact holds types that ml.registry.TRUSTED_TYPES does not allow: {', '.join(unknown)}. "
            "Add them there if they are scikit-learn's own and harmless."
        )
