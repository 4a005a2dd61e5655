"""Drift of features: the index by hand, what chance does to it, and what is kept."""

import datetime as dt

import numpy as np
import pytest
from synthetic_department import DATES

from ml.drift import compare, expect_by_chance, list_references, measure_drift, measure_psi


def draw(n: int, seed: int, rate: float = 0.5) -> np.ndarray:
    """A count that most officers have none of, as most features are."""
    return np.random.default_rng(seed).poisson(rate, n).astype(np.float32)


def test_index_by_hand() -> None:
    # Shares 2/4 and 2/4 become 3/4 and 1/4, half an officer in each bucket: 2.5/5 to 3.5/5, 2.5/5 to 1.5/5.
    by_hand = 0.2 * np.log(0.7 / 0.5) - 0.2 * np.log(0.3 / 0.5)
    assert measure_psi(np.array([2, 2]), np.array([3, 1])) == pytest.approx(by_hand)
    assert measure_psi(np.array([2, 2]), np.array([4, 4])) == 0


def test_the_same_officers_have_not_moved() -> None:
    values = draw(500, 1)
    values[::7] = np.nan
    shift = compare(values, values)
    assert shift.psi == 0
    assert shift.share_missing == shift.share_missing_before == pytest.approx(1 / 7, abs=0.01)


@pytest.mark.parametrize("n", [150, 2_000])
def test_chance_stays_under_what_is_told_of_chance(n: int) -> None:
    shifts = [compare(draw(n, 2 * seed), draw(n, 2 * seed + 1)) for seed in range(400)]
    above = np.mean([shift.psi > shift.psi_by_chance for shift in shifts])
    assert above <= 0.01
    # It is no ceiling under which everything fits: chance comes near it.
    assert max(shift.psi / shift.psi_by_chance for shift in shifts) > 0.4


@pytest.mark.parametrize("n", [150, 2_000])
def test_what_moved_is_beyond_chance(n: int) -> None:
    assert (shift := compare(draw(n, 1), draw(n, 2, rate=2))).psi - shift.psi_by_chance > 0.5


def test_what_is_missing_now_is_a_bucket_of_its_own() -> None:
    before, now = draw(400, 1), draw(400, 2)
    now[:200] = np.nan
    shift = compare(before, now)
    assert (shift.share_missing_before, shift.share_missing) == (0, 0.5)
    assert shift.psi - shift.psi_by_chance > 0.5


@pytest.mark.filterwarnings("error")
def test_a_feature_that_nobody_had_can_be_compared() -> None:
    nobody = np.full(300, np.nan, dtype=np.float32)
    assert compare(nobody, nobody).psi == 0
    assert compare(nobody, draw(300, 1)).psi > 0.5


def test_more_buckets_and_fewer_officers_leave_more_to_chance() -> None:
    # The quantiles .999 of chi-squared with 1 and 9 degrees of freedom are 10.83 and 27.88.
    assert expect_by_chance(10, 100, 100) == pytest.approx(27.88 * 2 / 100, rel=0.01)
    assert expect_by_chance(2, 100, 100) == pytest.approx(10.83 * 2 / 100, rel=0.05)
    assert expect_by_chance(10, 1_000, 1_000) == pytest.approx(expect_by_chance(10, 100, 100) / 10)


def test_a_value_that_many_share_may_move_a_little() -> None:
    """A rate that is the department's mean for whoever had no event: the mean is another one each month."""
    random = np.random.default_rng(3)
    before = np.where(random.random(500) < 0.6, 1.0, random.gamma(2, 1, 500)).astype(np.float32)
    assert (shift := compare(before, np.where(before == 1, 1.02, before).astype(np.float32))).psi < shift.psi_by_chance
    assert (shift := compare(before, np.where(before == 1, 2.0, before).astype(np.float32))).psi > shift.psi_by_chance


@pytest.mark.parametrize(
    ("date", "references"),
    [
        (dt.date(2011, 7, 1), [dt.date(2010, 7, 1), dt.date(2011, 1, 1)]),
        (dt.date(2011, 9, 1), [dt.date(2011, 1, 1)]),
        (dt.date(2010, 7, 1), []),  # no year before
    ],
)
def test_a_month_is_compared_with_those_of_half_a_year_to_a_year_before(
    date: dt.date, references: list[dt.date]
) -> None:
    assert list_references(DATES, date) == references


def test_of_the_months_before_the_most_similar_one_counts(inputs) -> None:
    """What was so half a year ago is no drift, whatever it was a year ago."""
    inputs.execute("drop schema if exists ml cascade")
    inputs.execute("alter table features.feature_catalog add column if not exists is_available boolean default true")
    move = "update features.officer_features set force_reports_12m = force_reports_12m + %s where as_of_date = any(%s)"
    found = "select reference_as_of_date, psi > 1 from ml.feature_drift where feature_name = 'force_reports_12m'"
    inputs.execute(move, [20, DATES[-1:]])
    measure_drift(inputs, "moved since", DATES[-1:])
    assert [is_far for _, is_far in inputs.execute(found)] == [True]
    inputs.execute("drop schema ml cascade")
    inputs.execute(move, [20, DATES[-2:-1]])
    measure_drift(inputs, "moved before", DATES[-1:])
    assert inputs.execute(found).fetchall() == [(DATES[-2], False)]
    inputs.execute(move, [-20, DATES[-2:]])


def test_a_measurement_is_appended_once_and_names_each_feature(inputs) -> None:
    inputs.execute("drop schema if exists ml cascade")
    inputs.execute("alter table features.feature_catalog add column if not exists is_available boolean default true")
    n_features = 6
    assert measure_drift(inputs, "data of a day", DATES[-2:]) == 2 * n_features
    assert measure_drift(inputs, "data of a day", DATES) == (len(DATES) - 4) * n_features  # two have no year before
    assert measure_drift(inputs, "data of a day", DATES) == 0
    rows = inputs.execute(
        "select feature_name, family, n_officers, psi > psi_by_chance + 0.5 from ml.feature_drift"
        " where as_of_date = %s",
        [DATES[-1]],
    ).fetchall()
    assert {name for name, *_ in rows} == {
        name for (name,) in inputs.execute("select feature_name from features.feature_catalog")
    }
    assert not [name for name, _, _, is_beyond in rows if is_beyond]
    cohort = inputs.execute("select count(*) from features.officer_cohort where as_of_date = %s", [DATES[-1]])
    assert max(n for _, _, n, _ in rows) <= cohort.fetchone()[0]
