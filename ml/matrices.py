"""What models learn from and are judged by: features and labels as arrays with their keys.

Belongs here: the arrays, alignment by key, what was knowable when, the ban on protected attributes.
Does not: reading them (`ml.warehouse`).
"""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.errors import ModellingError

Floats = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Dates = npt.NDArray[np.datetime64]
Ids = npt.NDArray[np.bytes_]

# How many of the department's threshold rules flag an officer: a column of the matrix for the baseline of that name. It
# is no feature, and no candidate is given it.
RULES_TRIGGERED = "n_rules_triggered"

# Words of a feature name that mean a protected attribute. They reach the fairness audit only, never a model.
PROTECTED = frozenset(
    {
        "race",
        "ethnicity",
        "nationality",
        "sex",
        "gender",
        "orientation",
        "age",
        "birth",
        "religion",
        "disability",
        "marital",
    }
)


@dataclass(frozen=True)
class Matrix:
    """Features of officers at as-of dates, shared by all models.

    Rows are ordered by date, then officer; nulls are NaN.
    """

    values: Floats
    officers: Ids
    dates: Dates
    features: tuple[str, ...]

    def find_rows(self, dates: Iterable[dt.date]) -> npt.NDArray[np.intp]:
        """Positions of the rows at these as-of dates."""
        return np.flatnonzero(np.isin(self.dates, np.array(list(dates), dtype="datetime64[D]")))

    def take(self, rows: npt.NDArray[np.intp], features: Sequence[str]) -> Floats:
        """These rows and features, copied."""
        columns = np.array([self.features.index(name) for name in features], dtype=np.intp)
        return self.values[np.ix_(rows, columns)]

    def find_seen(self, rows: npt.NDArray[np.intp], features: Sequence[str]) -> tuple[str, ...]:
        """Those of the features that have a value in at least one of these rows."""
        has_value = (~np.isnan(self.take(rows, features))).sum(axis=0) > 0
        return tuple(np.array(features)[has_value].tolist())


@dataclass(frozen=True)
class Labels:
    """What happened after each row of a matrix, for one outcome, in the order of the matrix."""

    outcome: str
    is_positive: Flags
    is_decided: Flags
    known_on: Dates

    def knowable_at(self, date: dt.date, rows: npt.NDArray[np.intp]) -> Flags:
        """The labels of rows as they stood at the first instant of a date: positive only if known before it."""
        return self.is_positive[rows] & (self.known_on[rows] < np.datetime64(date))


def locate(officers: Ids, dates: Dates, matrix_officers: Ids, matrix_dates: Dates) -> npt.NDArray[np.intp]:
    """Position in the matrix of each key: by key, never by order; -1 where the matrix has no such row."""
    if not len(matrix_officers):
        return np.full(len(officers), -1, dtype=np.intp)
    known_officers = np.unique(matrix_officers)
    codes = np.searchsorted(known_officers, officers).clip(max=len(known_officers) - 1)
    known = _number_keys(np.searchsorted(known_officers, matrix_officers), matrix_dates, len(known_officers))
    wanted = _number_keys(codes, dates, len(known_officers))
    found = np.searchsorted(known, wanted).clip(max=len(known) - 1)
    is_found = (known[found] == wanted) & (known_officers[codes] == officers)
    return np.where(is_found, found, -1)


def _number_keys(codes: npt.NDArray[np.intp], dates: Dates, n_officers: int) -> npt.NDArray[np.int64]:
    """One number for each date and officer, ascending in a matrix's order."""
    return dates.astype("datetime64[D]").astype(np.int64) * n_officers + codes


def refuse_protected(features: Collection[str]) -> None:
    """Raise if a feature's name says that it is a protected attribute of the officer.

    Raises:
        ModellingError: names the features.
    """
    if found := sorted(name for name in features if PROTECTED & set(re.split(r"[_\d]+", name))):
        raise ModellingError(
            f"features.officer_features holds protected attributes, which no model may see: {', '.join(found)}. "
            "Remove them from the feature models; the fairness audit reads them from core.officers."
        )
