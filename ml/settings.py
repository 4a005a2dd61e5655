"""What an experiment is: the grid of `ml/experiment.yml` and the department's plan, typed and validated.

Belongs here: the schema of both, and loading the grid. Does not: building estimators (`ml.estimators`), dates of
training windows (`ml.splits`).
"""

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ml.errors import ModellingError
from ml.matrices import RULES_TRIGGERED

GRID = Path(__file__).with_name("experiment.yml")

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,50}$")]
Preparation = Literal["linear", "binned", "none"]
Undecided = Literal["not_positive", "left_out"]
DecidingMetric = Literal["auc", "precision", "recall"]


class Strict(BaseModel):
    """A settings block in which an unknown key is an error, not a typo that passes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Replay(Strict):
    """How deployment is replayed: what a department would decide once, and keep to."""

    retrain_every_months: int = Field(ge=1, description="a model is kept this long before it is trained anew")
    train_history_months: int | None = Field(None, ge=1, description="as-of dates older than this are not learnt from")
    horizon_months: int | None = Field(None, ge=1, description="window of the labels to learn; none: the department's")
    decided_later_lag_months: int = Field(ge=0, description="months that findings are waited for before training")
    undecided: Undecided = Field(description="officers with an open case in the window, and nothing adverse so far")


class Variation(Strict):
    """The reference candidate with one setting of the replay changed, to see what the setting is worth."""

    name: Name
    changes: dict[str, Any] = Field(
        min_length=1, max_length=1, description="one field of `replay`, and its other value"
    )
    why: str


class Baseline(Strict):
    """A rule without fitting that every candidate has to beat: officers ordered by one number."""

    group: Name
    feature: Name | None = Field(None, description="column of officer_features; none: everybody alike, the base rate")
    counts_rules: bool = Field(False, description="ordered by how many of the department's threshold rules flag them")
    why: str

    @property
    def features(self) -> tuple[str, ...]:
        """Every column of the matrix that the rule needs."""
        column = RULES_TRIGGERED if self.counts_rules else self.feature
        return (column,) if column else ()

    @model_validator(mode="after")
    def _one_number(self) -> "Baseline":
        if self.feature and self.counts_rules:
            raise ValueError("feature and counts_rules exclude each other")
        return self


class Candidate(Strict):
    """A model group: one estimator with its parameters, fitted anew at every test date; or a blend of other groups."""

    group: Name
    blend: list[Name] = Field(default_factory=list, description="candidates whose log-odds are averaged")
    estimator: str | None = Field(None, description="class to import", pattern=r"^(sklearn|ml)(\.[A-Za-z_]\w*)+$")
    params: dict[str, Any] = Field(default_factory=dict)
    preparation: Preparation = Field("none", description="see ml.estimators.PREPARATIONS")
    exclude: str | None = Field(None, description="regular expression; features whose name it finds are left out")
    why: str

    @model_validator(mode="after")
    def _made_one_way(self) -> "Candidate":
        if self.blend and (self.estimator or self.params or self.exclude or self.preparation != "none"):
            raise ValueError("a blend has members and nothing of its own")
        if not self.blend and not self.estimator:
            raise ValueError("estimator is needed, or blend")
        return self

    @field_validator("exclude")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return pattern


class DecidingNumber(Strict):
    """One metric that selection looks at."""

    metric: DecidingMetric
    parameter: str = Field("", description="list size as evaluations name it, such as 5%; empty where it has none")


class Grid(Strict):
    """Everything about modelling that is the same for every department."""

    seed: int = Field(ge=0)
    list_sizes: list[Annotated[int, Field(ge=1)]]
    list_shares: list[Annotated[float, Field(gt=0, lt=1)]]
    curve_sizes: int = Field(ge=2, description="list sizes at which the whole curve is kept, at even ratios")
    calibration_bins: int = Field(ge=2, description="bins of equally many officers")
    resamples: int = Field(ge=0, description="draws of officers behind every interval")
    training_resamples: int = Field(
        ge=0, description="trainings on drawn officers, to see how far a list hangs on them"
    )
    replay: Replay
    final_resamples: int = Field(ge=2, description="refits of a final model on drawn officers")
    warm_up_dates: int = Field(ge=0, description="replayed before the first test date, to calibrate and to select on")
    deciding: list[DecidingNumber] = Field(min_length=1)
    noise_standard_errors: float = Field(gt=0, description="a gap to the best up to this is noise")
    least_share_of_best_overlap: float = Field(ge=0, le=1, description="a candidate whose list moves more is refused")
    baselines: list[Baseline]
    candidates: list[Candidate] = Field(min_length=1, description="from the simplest to the most complex")
    reference: Name = Field(description="the candidate that variations are variations of")
    variations: list[Variation] = Field(default_factory=list)

    def matters_at_once(self, replay: Replay) -> bool:
        """Whether other settings of the replay matter for outcomes that no finding decides."""
        waiting = {"decided_later_lag_months", "undecided"}
        return replay.model_dump(exclude=waiting) != self.replay.model_dump(exclude=waiting)

    def vary(self, variation: Variation) -> Replay:
        """The settings of the replay with the variation's change."""
        return Replay.model_validate(self.replay.model_dump() | variation.changes)

    @model_validator(mode="after")
    def _groups_are_unique(self) -> "Grid":
        groups = [baseline.group for baseline in self.baselines] + [candidate.group for candidate in self.candidates]
        if twice := sorted({group for group in groups if groups.count(group) > 1}):
            raise ValueError(f"groups named twice: {', '.join(twice)}")
        fitted = {candidate.group for candidate in self.candidates if candidate.estimator}
        for candidate in self.candidates:
            if unknown := [group for group in candidate.blend if group not in fitted]:
                raise ValueError(f"blend {candidate.group}: no candidate, or a blend itself, is {', '.join(unknown)}")
        if self.reference not in {candidate.group for candidate in self.candidates}:
            raise ValueError(f"reference: there is no candidate '{self.reference}'")
        for variation in self.variations:
            if self.vary(variation) == self.replay:
                raise ValueError(f"variation {variation.name} changes nothing: {variation.changes} is the setting")
        return self


class OutcomePlan(Strict):
    """One outcome and the dates at which its prediction is replayed."""

    name: Name
    test_dates: list[dt.date] = Field(min_length=1)
    is_decided_later: bool = False


class Experiment(Strict):
    """A replay of deployment: with the data's version, all that its results depend on."""

    outcomes: list[OutcomePlan] = Field(min_length=1)
    horizon_months: int = Field(ge=1)
    train_from: dt.date
    train_every_months: int = Field(ge=1)
    capacity: int = Field(ge=1, description="the department's list size k")
    has_threshold_rules: bool = Field(False, description="whether the department declares a threshold system")
    grid: Grid

    def months_to_maturity(self, outcome: OutcomePlan, replay: Replay | None = None) -> int:
        """Months from an as-of date until its labels are used: the window, and the lag of findings.

        `replay`: settings other than the grid's.
        """
        used = replay or self.grid.replay
        lag = used.decided_later_lag_months if outcome.is_decided_later else 0
        return (used.horizon_months or self.horizon_months) + lag

    @property
    def list_sizes(self) -> list[int]:
        """The grid's list sizes and the department's own, ascending."""
        return sorted({*self.grid.list_sizes, self.capacity})


def load_grid(path: Path = GRID) -> Grid:
    """Read and validate the grid.

    Raises:
        ModellingError: not YAML, or a value is missing, unknown or wrong; one line for each.
    """
    try:
        return Grid.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise ModellingError(f"{path}: not valid YAML: {error}") from error
    except ValidationError as error:
        lines = [f"  {'.'.join(map(str, e['loc'])) or '(file)'}: {e['msg']}" for e in error.errors()]
        raise ModellingError("\n".join([f"{path} is not valid:", *lines])) from error
