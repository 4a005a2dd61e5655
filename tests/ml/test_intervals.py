"""Intervals: against textbook values, against simulation, and where rates are 0."""

import numpy as np
import pytest

from ml.intervals import Estimate, divide, draw_officers, estimate_rate, summarise, wilson


class TestWilson:
    def test_is_the_textbook_interval(self) -> None:
        # Newcombe (1998), table I: 81 of 263 and 0 of 20.
        assert wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
        assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


class TestEstimateRate:
    def test_of_officers_who_stand_once_is_wilson_of_their_number(self) -> None:
        outcome = np.repeat([1.0, 0.0], [81, 182])
        rate = estimate_rate(outcome, np.ones(263), np.arange(263))
        assert rate is not None
        # The variance between officers divides by one less.
        assert rate == pytest.approx((81 / 263, *wilson(81 / 263, 262)), abs=1e-9)

    def test_officer_in_several_rows_counts_once(self) -> None:
        outcome, officers = np.repeat([1.0, 0.0], [30, 70]), np.arange(100)
        once = estimate_rate(outcome, np.ones(100), officers)
        thrice = estimate_rate(np.tile(outcome, 3), np.ones(300), np.tile(officers, 3))
        assert thrice == pytest.approx(once)

    def test_is_none_of_nobody(self) -> None:
        assert estimate_rate(np.zeros(3), np.zeros(3), np.arange(3)) is None

    def test_covers_the_truth_about_as_often_as_it_says(self) -> None:
        random = np.random.default_rng(5)
        hits = 0
        for _ in range(400):
            risk = np.repeat(random.beta(2, 6, 80), 4)  # four rows of each officer, alike
            rate = estimate_rate((random.random(320) < risk).astype(float), np.ones(320), np.repeat(np.arange(80), 4))
            assert rate is not None
            hits += rate.low <= 0.25 <= rate.high
        assert 0.92 <= hits / 400 <= 0.99


class TestDivide:
    def test_of_nothing_found_reaches_from_zero_to_something(self) -> None:
        ratio = divide(Estimate(0.0, *wilson(0.0, 40)), Estimate(0.2, *wilson(0.2, 400)))
        assert ratio is not None
        assert ratio.value == ratio.low == 0
        assert 0.1 < ratio.high < 1

    def test_by_what_may_be_nothing_is_unbounded_or_none(self) -> None:
        some, none = Estimate(0.2, *wilson(0.2, 50)), Estimate(0.0, *wilson(0.0, 50))
        assert divide(some, none) is None
        assert divide(some, Estimate(0.1, 0.0, 0.4)).high is None

    def test_covers_the_truth_about_as_often_as_it_says(self) -> None:
        random = np.random.default_rng(6)
        hits = 0
        for _ in range(600):
            one, two = random.binomial(60, 0.1) / 60, random.binomial(300, 0.2) / 300
            ratio = divide(Estimate(one, *wilson(one, 60)), Estimate(two, *wilson(two, 300)))
            assert ratio is not None
            hits += ratio.low <= 0.5 <= ratio.high
        assert 0.92 <= hits / 600 <= 0.985


class TestResamples:
    def test_first_is_the_sample_and_each_draws_as_many_officers(self) -> None:
        weights = draw_officers(50, 20, seed=1)
        assert (weights[:, 0] == 1).all()
        assert (weights.sum(axis=0) == 50).all()
        assert (weights == draw_officers(50, 20, seed=1)).all()

    def test_summary_is_the_observed_value_and_the_middle_of_the_draws(self) -> None:
        assert summarise(np.array([7.0, *range(101)])) == pytest.approx((7.0, 2.5, 97.5))
