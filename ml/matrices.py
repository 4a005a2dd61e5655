"""What models learn from and are judged by: features and labels as arrays with their keys.

Belongs here: the arrays, alignment by key, what was knowable when, the ban on protected attributes.
Does not: reading them (`ml.warehouse`).
"""

import datetime as dt
import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

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

    Rows are ordered by date, then officer; nulls are NaN. Values lie column by column in memory, as estimators
    read them.
    """

    values: Floats
    officers: Ids
    dates: Dates
    features: tuple[str, ...]

    def find_rows(self, dates: Iterable[dt.date]) -> npt.NDArray[np.intp]:
        """Positions of the rows at these as-of dates."""
        return np.flatnonzero(np.isin(self.dates, np.array(list(dates), dtype="datetime64[D]")))

    def take(self, rows: npt.NDArray[np.intp], features: Sequence[str]) -> Floats:
        """These rows and features: to be read only, because nothing is copied where they lie side by side."""
        columns = self._find_columns(features)
        if _is_run(rows) and _is_run(columns):
            return self.values[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        taken = np.empty((len(rows), len(columns)), dtype=self.values.dtype, order="F")
        for place, column in enumerate(columns):
            taken[:, place] = self.values[rows, column]
        return taken

    @cached_property
    def officer_numbers(self) -> npt.NDArray[np.intp]:
        """A number for each row's officer, in the order of their identifiers."""
        return np.unique(self.officers, return_inverse=True)[1]

    def find_seen(self, rows: npt.NDArray[np.intp], features: Sequence[str]) -> tuple[str, ...]:
        """Those of the features that have a value in at least one of these rows."""
        days = np.isin(self._days, np.unique(self.dates[rows]))
        if len(rows) == self._n_values_on[days, -1].sum():  # Whole days, as most are: counted once for all models.
            n_values = self._n_values_on[days][:, self._find_columns(features)].sum(axis=0)
        else:
            n_values = (~np.isnan(self.take(rows, features))).sum(axis=0)
        return tuple(np.array(features)[n_values > 0].tolist())

    def identify(self, dates: Iterable[dt.date], features: Sequence[str]) -> str:
        """A hash of who was in the cohort at these dates and of every value of these features, to the last bit."""
        digest = hashlib.blake2b(digest_size=16)
        columns = self._find_columns(features)
        for day in np.array(sorted(dates), dtype="datetime64[D]"):
            officers, by_feature = self._digests[np.searchsorted(self._days, day)]
            digest.update(str(day).encode() + officers)
            for column, name in zip(columns, features, strict=True):
                digest.update(name.encode() + by_feature[column])
        return digest.hexdigest()

    def _find_columns(self, features: Sequence[str]) -> npt.NDArray[np.intp]:
        return np.array([self._places[name] for name in features], dtype=np.intp)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.features)}

    @cached_property
    def _days(self) -> Dates:
        return np.unique(self.dates)

    @cached_property
    def _n_values_on(self) -> npt.NDArray[np.intp]:
        """Day by feature: how many have a value; in the last column, how many there are."""
        days = [self.values[self.dates == day] for day in self._days]
        return np.array([[*(~np.isnan(values)).sum(axis=0), len(values)] for values in days])

    @cached_property
    def _digests(self) -> list[tuple[bytes, list[bytes]]]:
        """For each day a hash of the officers, and one of each feature's values."""
        digests = []
        for day in self._days:
            rows = self.dates == day
            columns = np.ascontiguousarray(self.values[rows].T)
            officers = hashlib.blake2b(self.officers[rows].tobytes(), digest_size=16).digest()
            digests.append((officers, [hashlib.blake2b(column, digest_size=16).digest() for column in columns]))
        return digests


def _is_run(positions: npt.NDArray[np.intp]) -> bool:
    """Whether positions follow each other without a gap."""
    return len(positions) > 0 and bool((np.diff(positions) == 1).all())


@dataclass(frozen=True)
class Labels:
    """What happened after each row of a matrix, for one outcome, in the order of the matrix.

    `known_on` is when it was known; `last_decided_on` when the last case of the window was decided: a day long past
    where there was no case, and one that never comes where a case is open still.
    """

    outcome: str
    is_positive: Flags
    is_decided: Flags
    known_on: Dates
    last_decided_on: Dates

    def knowable_at(self, date: dt.date, rows: npt.NDArray[np.intp]) -> Flags:
        """The labels of rows as they stood at the first instant of a date: positive only if known before it."""
        return self.is_positive[rows] & (self.known_on[rows] < np.datetime64(date))

    def undecided_at(self, date: dt.date, rows: npt.NDArray[np.intp]) -> Flags:
        """Rows with a case open at the first instant of a date, and nothing adverse known before it."""
        return (self.last_decided_on[rows] >= np.datetime64(date)) & ~self.knowable_at(date, rows)


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
