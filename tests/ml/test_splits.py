import datetime as dt
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ml.splits import add_months, count_months, list_training_dates

first_days = st.dates(dt.date(1990, 1, 1), dt.date(2040, 12, 31)).map(lambda date: date.replace(day=1))
plans = st.fixed_dictionaries(
    {
        "available": st.sets(first_days, max_size=60),
        "predict_on": first_days,
        "horizon_months": st.integers(1, 36),
        "train_from": first_days,
        "every_months": st.integers(1, 24),
        "lag_months": st.integers(0, 36),
    }
)


@given(plans)
def test_every_training_window_and_its_lag_are_over_when_the_model_predicts(plan):
    for date in list_training_dates(**plan):
        assert add_months(date, plan["horizon_months"] + plan["lag_months"]) <= plan["predict_on"]
        assert plan["train_from"] <= date
        assert date in plan["available"]


@given(plans)
def test_the_latest_usable_date_is_used_and_others_keep_their_distance(plan):
    dates = list_training_dates(**plan)
    usable = [
        date
        for date in plan["available"]
        if plan["train_from"] <= date
        and add_months(date, plan["horizon_months"] + plan["lag_months"]) <= plan["predict_on"]
    ]
    assert dates[-1:] == sorted(usable)[-1:]
    assert all(count_months(a, b) >= plan["every_months"] for a, b in pairwise(dates))


@given(plans, first_days)
def test_dates_that_come_later_change_nothing(plan, later):
    """What an earlier model learnt from does not depend on how far the data reaches by now."""
    assert list_training_dates(**plan) == list_training_dates(
        **plan | {"available": plan["available"] | {max(later, plan["predict_on"])}}
    )


@given(first_days, st.integers(-600, 600))
def test_months_are_added_as_they_are_counted(date, months):
    assert count_months(date, add_months(date, months)) == months


def test_yearly_training_dates_of_the_reference_protocol():
    half_years = [dt.date(year, month, 1) for year in range(2004, 2016) for month in (1, 7)]
    dates = list_training_dates(half_years, dt.date(2011, 1, 1), 12, dt.date(2005, 1, 1), 12)
    assert dates == [dt.date(year, 1, 1) for year in range(2005, 2011)]
