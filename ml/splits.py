"""Which as-of dates a model may learn from: pure functions of dates.

Point in time: a training window has ended, and findings have had their lag, by the date at which the model predicts.
"""

import datetime as dt
from collections.abc import Iterable


def add_months(date: dt.date, months: int) -> dt.date:
    """The same day, months later; as-of dates are first days of months, so the day always exists."""
    month = date.year * 12 + date.month - 1 + months
    return date.replace(year=month // 12, month=month % 12 + 1)


def count_months(start: dt.date, end: dt.date) -> int:
    """Months from one first day of a month to another."""
    return (end.year - start.year) * 12 + end.month - start.month


def list_training_dates(
    available: Iterable[dt.date],
    predict_on: dt.date,
    horizon_months: int,
    train_from: dt.date,
    every_months: int,
    lag_months: int = 0,
) -> list[dt.date]:
    """As-of dates to learn from when predicting on a date, ascending.

    Counted back from the latest date whose window is over, so that the freshest year is always used.
    """
    usable = [
        date for date in available if date >= train_from and add_months(date, horizon_months + lag_months) <= predict_on
    ]
    if not usable:
        return []
    latest = max(usable)
    return sorted({date for date in usable if count_months(date, latest) % every_months == 0})
