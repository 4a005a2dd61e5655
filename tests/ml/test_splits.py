import datetime as dt
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ml.splits import (
    add_months,
    count_months,
    find_training_day,
    list_mature,
    list_training_dates,
    list_warm_up_dates,
)

first_days = st.dates(dt.date(1990, 1, 1), dt.date(2040, 12, 31)).map(lambda date: date.replace(day=1))
plans = st.fixed_dictionaries(
    {
        "available": st.sets(first_days, max_size=60),
        "trained_on": first_days,
        "months_to_maturity": st.integers(1, 72),
        "train_from": first_days,
        "every_months": st.integers(1, 24),
        "history_months": st.none() | st.integers(1, 240),
    }
)


def find_first_day(plan):
    if plan["history_months"] is None:
        return plan["train_from"]
    return max(plan["train_from"], add_months(plan["trained_on"], -plan["history_months"]))


@given(plans)
def test_every_training_window_and_its_lag_are_over_when_the_model_is_trained(plan):
    for date in list_training_dates(**plan):
        assert add_months(date, plan["months_to_maturity"]) <= plan["trained_on"]
        assert find_first_day(plan) <= date
        assert date in plan["available"]


@given(plans)
def test_the_latest_usable_date_is_used_and_others_keep_their_distance(plan):
    dates = list_training_dates(**plan)
    usable = [
        date
        for date in plan["available"]
        if find_first_day(plan) <= date and add_months(date, plan["months_to_maturity"]) <= plan["trained_on"]
    ]
    assert dates[-1:] == sorted(usable)[-1:]
    assert all(count_months(a, b) >= plan["every_months"] for a, b in pairwise(dates))


@given(plans, first_days)
def test_dates_that_come_later_change_nothing(plan, later):
    """What an earlier model learnt from does not depend on how far the data reaches by now."""
    assert list_training_dates(**plan) == list_training_dates(
        **plan | {"available": plan["available"] | {max(later, plan["trained_on"])}}
    )


@given(first_days, st.integers(-600, 600))
def test_months_are_added_as_they_are_counted(date, months):
    assert count_months(date, add_months(date, months)) == months


def test_yearly_training_dates_of_the_reference_protocol():
    half_years = [dt.date(year, month, 1) for year in range(2004, 2016) for month in (1, 7)]
    dates = list_training_dates(half_years, dt.date(2011, 1, 1), 12, dt.date(2005, 1, 1), 12)
    assert dates == [dt.date(year, 1, 1) for year in range(2005, 2011)]


@given(first_days, first_days, st.integers(1, 60))
def test_a_model_is_kept_for_its_time_and_no_longer(anchor, date, months):
    trained_on = find_training_day(date, anchor, months)
    assert trained_on <= date
    if date < anchor:
        assert trained_on == date
    else:
        assert count_months(trained_on, date) < months
        assert count_months(anchor, trained_on) % months == 0
        assert trained_on >= anchor


@given(first_days, st.integers(1, 36), st.integers(1, 6), st.integers(0, 6))
def test_warm_up_dates_come_before_the_first_test_date_and_keep_their_distance(first, months, n_test, n):
    test_dates = [add_months(first, months * i) for i in range(n_test)]
    dates = [*list_warm_up_dates(test_dates, n, fallback_months=months), *test_dates]
    assert len(dates) == n + n_test
    assert {count_months(a, b) for a, b in pairwise(dates)} <= {months}


@given(st.lists(first_days, max_size=20), first_days, st.integers(1, 48))
def test_what_is_mature_was_over_by_then_and_stays_mature(dates, at, months):
    mature = list_mature(dates, at, months)
    assert all(add_months(date, months) <= at for date in mature)
    assert set(mature) <= set(list_mature(dates, add_months(at, 1), months))
    assert not [date for date in set(dates) - set(mature) if add_months(date, months) <= at]
