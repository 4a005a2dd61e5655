"""How far features have moved: the population stability index of each against the months of half a year to a year ago.

Of these months the most similar one counts: seasons differ, and a payroll that posts every fortnight does so thrice in
some months. What has really moved is far from all of them. Officers are put into tenths of the earlier cohort, those
without a value apart; values that hardly differ share a bucket.

Belongs here: measuring cohorts of one table of features. Does not: scores and lists, which SQL compares
(`models/monitoring/`), or how much is too much (`departments/<d>/policy.yml`).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
import numpy.typing as npt

from ml import warehouse
from ml.registry import identify_audit
from ml.splits import add_months

# How long ago a month is that is compared with, at most and at least.
OLDEST, NEWEST = 12, 6
# Edges are further apart than this share of the standard deviation, outliers cut off.
APART = 0.2
TENTHS = np.arange(0.1, 1.0, 0.1)
# An officer's half in each bucket: an empty one counts, and does not make the index infinite.
HALF = 0.5
# Of the normal distribution: one in a thousand is further out.
NORMAL_999 = 3.09

Counts = npt.NDArray[np.int64]
Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class DriftRow:
    """One row of ml.feature_drift."""

    drift_id: str
    as_of_date: dt.date
    reference_as_of_date: dt.date
    feature_name: str
    family: str
    n_officers: int
    psi: float
    psi_by_chance: float
    share_missing: float
    share_missing_before: float


@dataclass(frozen=True)
class Shift:
    """How one feature moved between two cohorts."""

    psi: float
    psi_by_chance: float
    share_missing: float
    share_missing_before: float


def measure_drift(connection: warehouse.Connection, data_version: str, dates: Sequence[dt.date]) -> int:
    """Measure the features of these as-of dates, unless that was done with these data and this code.

    A date without a year before it has nothing to be compared with.

    Returns:
        Rows appended.
    """
    warehouse.ensure_registry(connection)
    available, features = warehouse.list_as_of_dates(connection), warehouse.list_features(connection)
    family_of = warehouse.read_families(connection)
    appended = 0
    for date in dates:
        references = list_references(available, date)
        drift_id = identify_audit(data_version, "feature drift", date.isoformat())
        if not references or warehouse.has_feature_drift(connection, drift_id):
            continue
        matrix = warehouse.read_matrix(connection, features, [*references, date])
        rows_of = {day: matrix.find_rows([day]) for day in (*references, date)}
        rows = []
        for column, feature in enumerate(features):
            values = {day: matrix.values[own, column] for day, own in rows_of.items()}
            shifts = {day: compare(values[day], values[date]) for day in references}
            nearest = min(references, key=lambda day: shifts[day].psi)
            n_officers = min(len(values[nearest]), len(values[date]))
            head = (drift_id, date, nearest, feature, family_of[feature], n_officers)
            rows.append(DriftRow(*head, *astuple(shifts[nearest])))
        warehouse.append_rows(connection, "feature_drift", DriftRow, rows)
        appended += len(rows)
    return appended


def list_references(available: Sequence[dt.date], date: dt.date) -> list[dt.date]:
    """The as-of dates of half a year to a year before; none if records do not go back a year."""
    oldest, newest = add_months(date, -OLDEST), add_months(date, -NEWEST)
    return [day for day in available if oldest <= day <= newest] if min(available) <= oldest else []


def compare(before: Values, now: Values) -> Shift:
    """One feature of two cohorts."""
    is_missing_before, is_missing = np.isnan(before), np.isnan(now)
    edges = find_edges(before[~is_missing_before])
    old, new = (count(values, missing, edges) for values, missing in ((before, is_missing_before), (now, is_missing)))
    is_used = (old + new) > 0
    return Shift(
        measure_psi(old[is_used], new[is_used]),
        expect_by_chance(int(is_used.sum()), len(before), len(now)),
        float(is_missing.mean()),
        float(is_missing_before.mean()),
    )


def find_edges(known: Values) -> Values:
    """Upper ends of nine of the tenths, a little above: what stands on an edge may move a little and stays below it."""
    if not len(known):
        return known
    lowest, *tenths, highest = np.quantile(known, [0.01, *TENTHS, 0.99], method="inverted_cdf")
    apart = APART * float(np.clip(known, lowest, highest).std())
    edges: list[float] = []
    for edge in tenths:
        if not edges or edge - edges[-1] > apart:
            edges.append(float(edge))
    return np.array(edges, dtype=np.float32) + np.float32(apart / 2)


def expect_by_chance(n_buckets: int, n_before: int, n_now: int) -> float:
    """What 999 in 1,000 pairs of samples of the same distribution stay under.

    Their index is about a chi-squared variable, a degree of freedom less than there are buckets, times the sum of the
    sizes' reciprocals; its quantile is Wilson and Hilferty's.
    """
    freedom = max(n_buckets - 1, 1)
    spread = 2 / (9 * freedom)
    return freedom * (1 - spread + NORMAL_999 * spread**0.5) ** 3 * (1 / n_before + 1 / n_now)


def count(values: Values, is_missing: npt.NDArray[np.bool_], edges: Values) -> Counts:
    """Officers up to each edge, above the last one, and without a value."""
    buckets = np.searchsorted(edges, values[~is_missing], side="left")
    return np.append(np.bincount(buckets, minlength=len(edges) + 1), is_missing.sum())


def measure_psi(before: Counts, now: Counts) -> float:
    """The population stability index: over buckets, differences of shares times differences of their logarithms."""
    old, new = ((own + HALF) / (own.sum() + HALF * len(own)) for own in (before, now))
    return float(((new - old) * np.log(new / old)).sum())
