"""The comparison with the threshold system, against drawing up every list by hand."""

import datetime as dt

import numpy as np
import pytest

from ml.intervals import draw_officers
from ml.thresholds import (
    AS_FLAGGED,
    AT_CAPACITY,
    Comparison,
    Contest,
    compare_with_thresholds,
    count_found,
    draw_yardstick,
)

DATES = [dt.date(2020, 1, 1), dt.date(2021, 1, 1)]
N = 200
random = np.random.default_rng(8)
RISK = random.random(N)


def make_cohort(seed: int) -> Contest:
    """Nine in ten officers; rules see the risk through a count, the outcome follows it."""
    chance = np.random.default_rng(seed)
    officers = np.flatnonzero(chance.random(N) < 0.9)
    rules = np.minimum(2, chance.poisson(RISK[officers] ** 3)).astype(float)
    return Contest(officers, rules, chance.random(len(officers)) < RISK[officers] * 0.6)


COHORTS = {date: make_cohort(seed) for seed, date in enumerate(DATES)}
WEIGHTS = draw_officers(N, 200, seed=4)


def compare(scores: dict[dt.date, np.ndarray], capacity: int = 15) -> dict[tuple[dt.date | None, str], Comparison]:
    yardsticks = {date: draw_yardstick(cohort, capacity, WEIGHTS) for date, cohort in COHORTS.items()}
    found = compare_with_thresholds(yardsticks, scores)
    return {(comparison.test_as_of_date, comparison.list_kind): comparison for comparison in found}


@pytest.fixture(scope="module")
def compared() -> dict[tuple[dt.date | None, str], Comparison]:
    return compare({date: RISK[cohort.officers] for date, cohort in COHORTS.items()})


def test_counts_are_those_of_the_lists_in_every_resample() -> None:
    """Each officer of a resample written out, so that ties and lists are drawn up the slow way."""
    cohort = COHORTS[DATES[0]]
    scores = np.floor(RISK[cohort.officers] * 8)
    drawn = WEIGHTS[cohort.officers]
    sizes = np.minimum(15, drawn.sum(axis=0))
    found = count_found(drawn, cohort.is_positive, scores, sizes)
    for draw in range(0, 201, 20):
        officers = np.repeat(np.arange(len(scores)), drawn[:, draw].astype(int))
        last = np.sort(scores[officers])[::-1][int(sizes[draw]) - 1]
        above, tied = officers[scores[officers] > last], officers[scores[officers] == last]
        expected = cohort.is_positive[above].sum() + (sizes[draw] - len(above)) * cohort.is_positive[tied].mean()
        assert found[draw] == pytest.approx(expected)


def test_list_of_the_threshold_system_is_whom_it_flags(compared: dict) -> None:
    for date, cohort in COHORTS.items():
        flagged = cohort.rules_triggered > 0
        comparison = compared[date, AS_FLAGGED]
        assert comparison.list_size == flagged.sum()
        assert comparison.found_by_thresholds == cohort.is_positive[flagged].sum()
        best = np.argsort(-RISK[cohort.officers])[: flagged.sum()]
        assert comparison.found == cohort.is_positive[best].sum()


def test_shares_are_of_what_the_threshold_system_found_and_flagged_in_vain(compared: dict) -> None:
    for comparison in compared.values():
        assert comparison.more_found == pytest.approx(comparison.found - comparison.found_by_thresholds)
        false = comparison.list_size - comparison.found_by_thresholds
        assert comparison.more_found_share == pytest.approx(comparison.more_found / comparison.found_by_thresholds)
        assert comparison.fewer_false_share == pytest.approx(comparison.more_found / false)
        assert comparison.more_found_low <= comparison.more_found <= comparison.more_found_high


def test_all_dates_together_are_their_sum(compared: dict) -> None:
    for kind in (AS_FLAGGED, AT_CAPACITY):
        for field in ("list_size", "n_positive", "found", "found_by_thresholds", "more_found"):
            parts = [getattr(compared[date, kind], field) for date in DATES]
            assert getattr(compared[None, kind], field) == pytest.approx(sum(parts))


def test_threshold_system_is_no_better_than_itself() -> None:
    for comparison in compare({date: cohort.rules_triggered for date, cohort in COHORTS.items()}).values():
        assert comparison.more_found == comparison.more_found_low == comparison.more_found_high == 0


def test_what_knows_more_is_told_from_the_threshold_system_and_lots_are_not(compared: dict) -> None:
    perfect = compare({date: cohort.is_positive.astype(float) for date, cohort in COHORTS.items()})
    assert perfect[None, AS_FLAGGED].more_found_low > 0
    lots = compare({date: np.zeros(len(cohort.officers)) for date, cohort in COHORTS.items()})
    assert lots[None, AS_FLAGGED].more_found < 0


def test_department_whose_rules_flag_nobody_has_a_list_at_capacity_only() -> None:
    silent = {
        date: draw_yardstick(Contest(c.officers, np.zeros(len(c.officers)), c.is_positive), 15, WEIGHTS)
        for date, c in COHORTS.items()
    }
    scores = {date: RISK[cohort.officers] for date, cohort in COHORTS.items()}
    assert {c.list_kind for c in compare_with_thresholds(silent, scores)} == {AT_CAPACITY}
