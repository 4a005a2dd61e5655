"""The difference at a list's end where it is known: found, not invented, and not claimed when unsure."""

import numpy as np
import pytest
from simulated_lists import Lists

from ml.effect import CANNOT_TELL, FEWER, MORE, NO_LARGE_DIFFERENCE, compare_change, estimate_jump, fit, judge
from ml.intervals import Estimate


def test_a_known_effect_is_recovered() -> None:
    jump = Lists(1, 12_000, 600, 12, averted=0.5).estimate()
    assert jump.difference.value == pytest.approx(-0.5 * jump.level, abs=0.04)
    assert jump.difference.low < -0.5 * jump.level < jump.difference.high
    assert judge(jump.difference, jump.level) == FEWER
    assert jump.detectable < 0.5 * jump.level


def test_where_there_is_none_and_officers_are_many_a_large_one_is_ruled_out() -> None:
    jump = Lists(2, 12_000, 600, 12).estimate()
    assert judge(jump.difference, jump.level) == NO_LARGE_DIFFERENCE
    assert abs(jump.difference.value) < jump.detectable / 2


@pytest.mark.parametrize("averted", [0.0, 0.3])
def test_a_short_list_cannot_tell_and_says_so(averted: float) -> None:
    jump = Lists(3, 1_000, 50, 3, averted).estimate()
    assert judge(jump.difference, jump.level) == CANNOT_TELL
    assert jump.detectable > jump.level / 2


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    jumps = [Lists(seed, 1_000, 50, 6).estimate() for seed in range(150)]
    share = np.mean([jump.difference.low <= 0 <= jump.difference.high for jump in jumps])
    assert 0.90 < share < 0.99
    assert np.mean([jump.difference.value for jump in jumps]) == pytest.approx(0, abs=0.02)


def test_power_is_what_is_said() -> None:
    """A difference as large as the one called detectable is seen about four times in five."""
    large = np.mean([jump.detectable / jump.level for jump in (Lists(s, 4_000, 400, 3).estimate() for s in range(20))])
    jumps = [Lists(seed, 4_000, 400, 3, averted=large).estimate() for seed in range(20, 120)]
    assert 0.65 < np.mean([jump.difference.high < 0 for jump in jumps]) < 0.95


def test_regression_to_the_mean_is_no_effect() -> None:
    lists = Lists(4, 12_000, 600, 12)
    around = lists.around
    change = compare_change(
        *(values[around] for values in (lists.before, lists.happened, lists.listed, lists.officers))
    )
    assert change is not None
    assert change.listed_after < 0.8 * change.listed_before  # what a report without a comparison would boast of
    assert change.next_after < 0.8 * change.next_before
    assert judge(lists.estimate().difference, lists.estimate().level) == NO_LARGE_DIFFERENCE


def test_the_same_officers_again_add_no_certainty() -> None:
    lists = Lists(5, 2_000, 100, 1)
    twice = [np.tile(a, 2) for a in (lists.distance, lists.listed, lists.happened, lists.officers)]
    once, doubled = lists.estimate(), estimate_jump(*twice)
    assert doubled is not None
    widths = [jump.difference.high - jump.difference.low for jump in (once, doubled)]
    assert widths[1] > 0.9 * widths[0]


def test_too_few_officers_or_equal_scores_give_nothing() -> None:
    lists = Lists(6, 200, 10, 12)
    few = lists.officers % 5 == 0
    assert estimate_jump(*(a[few] for a in (lists.distance, lists.listed, lists.happened, lists.officers))) is None
    lists = Lists(6, 1_000, 50, 1)
    assert estimate_jump(np.zeros(len(lists.listed)), lists.listed, lists.happened, lists.officers) is None


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(-0.2, -0.01, FEWER), (0.01, 0.2, MORE), (-0.05, 0.05, NO_LARGE_DIFFERENCE), (-0.2, 0.05, CANNOT_TELL)],
)
def test_verdicts(low: float, high: float, verdict: str) -> None:
    assert judge(Estimate((low + high) / 2, low, high), 0.3) == verdict
    assert judge(Estimate(0.0, None, None), 0.3) == CANNOT_TELL


def test_fit_is_weighted_least_squares() -> None:
    random = np.random.default_rng(7)
    x, y, w = random.normal(size=50), random.normal(size=50), random.random(50)
    fitted = fit(np.column_stack([np.ones(50), x]), y, w, np.arange(50))
    assert fitted.coefficients[::-1] == pytest.approx(np.polyfit(x, y, 1, w=np.sqrt(w)))
