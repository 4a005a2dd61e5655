"""Which as-of dates a model may learn from: pure functions of dates.

Point in time: a training window has ended, and findings have had their lag, by the date at which the model predicts.
"""

import datetime as dt
from collections.abc import Iterable, Sequence


def add_months(date: dt.date, months: int) -> dt.date:
    """The same day, months later; as-of dates are first days of months, so the day always exists."""
    month = date.year * 12 + date.month - 1 + months
    return date.replace(year=month // 12, month=month % 12 + 1)


def count_months(start: dt.date, end: dt.date) -> int:
    """Months from one first day of a month to another."""
    return (end.year - start.year) * 12 + end.month - start.month


def find_training_day(date: dt.date, anchor: dt.date, retrain_every_months: int) -> dt.date:
    """The day on which the model that is in use at a date was trained: every so many months from the anchor on.

    Before the anchor there is no cadence yet: trained for the date.
    """
    if date < anchor:
        return date
    return add_months(date, -(count_months(anchor, date) % retrain_every_months))


def list_training_dates(
    available: Iterable[dt.date],
    trained_on: dt.date,
    months_to_maturity: int,
    train_from: dt.date,
    every_months: int,
    history_months: int | None = None,
) -> list[dt.date]:
    """As-of dates to learn from when training on a day, ascending.

    Counted back from the latest date whose labels are mature, so that the freshest year is always used.
    """
    since = max(train_from, add_months(trained_on, -history_months)) if history_months else train_from
    usable = [date for date in available if date >= since and add_months(date, months_to_maturity) <= trained_on]
    if not usable:
        return []
    latest = max(usable)
    return sorted({date for date in usable if count_months(date, latest) % every_months == 0})


def list_warm_up_dates(test_dates: Sequence[dt.date], n: int, fallback_months: int) -> list[dt.date]:
    """Replay dates before the first test date, as far apart as test dates are, ascending.

    `fallback_months` is the distance where there is one test date only.
    """
    months = count_months(*test_dates[:2]) if len(test_dates) > 1 else fallback_months
    return [add_months(test_dates[0], -months * i) for i in range(n, 0, -1)]


def list_mature(replay_dates: Iterable[dt.date], at: dt.date, months_to_maturity: int) -> list[dt.date]:
    """The replay dates whose labels were mature at the first instant of a date, ascending."""
    return sorted(date for date in replay_dates if add_months(date, months_to_maturity) <= at)
