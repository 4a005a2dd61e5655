"""Columns as arrays, and how the source systems write them.

Belongs here: sampling and formatting of whole columns. Does not: what any column means.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray

Column = NDArray[Any]
Columns = dict[str, Column]
Random = np.random.Generator

DAY, SECOND = "datetime64[D]", "datetime64[s]"


def stack(parts: list[Columns]) -> Columns:
    """One table of several with the same columns."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def rows(columns: Columns, which: Column) -> Columns:
    """Some rows of a table: a mask or positions."""
    return {name: column[which] for name, column in columns.items()}


def pick(random: Random, size: int, weights: ArrayLike) -> Column:
    """Positions drawn with the given weights."""
    edges = np.cumsum(weights) / np.sum(weights)
    return np.minimum(np.searchsorted(edges, random.random(size), side="right"), len(edges) - 1)


def chance(log_odds: Column) -> Column:
    """Probability of log odds."""
    return 1 / (1 + np.exp(-log_odds))


def days_between(random: Random, size: int, least: int, most: int) -> Column:
    """Whole days, uniform from least to most."""
    return random.integers(least, most + 1, size).astype("timedelta64[D]")


def days_about(random: Random, size: int, median: ArrayLike, spread: float) -> Column:
    """Whole days around a median with a long tail."""
    return (np.exp(random.normal(0, spread, size)) * median).astype("timedelta64[D]")


def before(days: Column, until: np.datetime64) -> Column:
    """Days, blank from `until` on: what has not happened cannot be in the export."""
    return np.where(days < until, days, np.datetime64("NaT"))


def coded(positions: Column, labels: list[str]) -> pa.Array:
    """Codes of a vocabulary; blank where the position is negative."""
    return pa.array(labels).take(pa.array(positions.astype(np.int32), mask=positions < 0))


def yes_no(flags: Column) -> pa.Array:
    """Flags as Y and N."""
    return coded(flags.astype(np.int8), ["N", "Y"])


def numbered(numbers: Column, prefix: str = "", width: int = 0) -> pa.Array:
    """Identifiers: a prefix and a number, filled with zeros; blank where the number is negative."""
    text = pc.cast(pa.array(numbers.astype(np.int64), mask=numbers < 0), pa.string())
    text = pc.ascii_lpad(text, width, "0") if width else text
    return pc.binary_join_element_wise(prefix, text, "") if prefix else text


def written_days(days: Column, style: str = "%Y-%m-%d") -> pa.Array:
    """Days as text; each distinct day is formatted once, which is what makes millions of rows quick."""
    blank = np.isnat(days)
    if blank.all():
        return pa.nulls(len(days), pa.string())
    first, last = days[~blank].min(), days[~blank].max()
    calendar = pc.strftime(pa.array(np.arange(first, last + 1, dtype=DAY)).cast(pa.timestamp("s")), style)
    positions = (np.where(blank, first, days) - first).astype(np.int64)
    return calendar.take(pa.array(positions, mask=blank))


def written_times(moments: Column, style: str = "%Y-%m-%d", between: str = " ", clock: str = "%H:%M:%S") -> pa.Array:
    """Moments as text: a written day and a written time of day."""
    days = moments.astype(DAY)
    ticks = np.arange(np.datetime64("1970-01-01"), np.datetime64("1970-01-02"), dtype=SECOND)
    seconds = (np.where(np.isnat(moments), days, moments) - days).astype(np.int64)
    blank = np.isnat(days)
    times = pc.strftime(pa.array(ticks), clock).take(pa.array(np.where(blank, 0, seconds), mask=blank))
    return pc.binary_join_element_wise(written_days(days, style), times, between)
