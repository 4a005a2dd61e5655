import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from ml.evaluation import (
    bin_scores,
    compare_lists,
    count_by_lot,
    expect_hits,
    follow_list,
    measure,
    name_share,
    rank,
    round_share,
    spread_sizes,
)

small_cohorts = st.lists(st.tuples(st.booleans(), st.integers(0, 3)), min_size=1, max_size=6)
cohorts = st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=2, max_size=200)


def unzip(cohort):
    return np.array([a for a, _ in cohort], dtype=bool), np.array([b for _, b in cohort], dtype=np.float64)


@given(small_cohorts, st.data())
def test_ties_count_as_the_mean_over_all_orders(cohort, data):
    is_positive, scores = unzip(cohort)
    size = data.draw(st.integers(1, len(cohort)))
    hits = [
        is_positive[list(order)][:size].sum()
        for order in itertools.permutations(range(len(cohort)))
        if all(scores[a] >= scores[b] for a, b in itertools.pairwise(order))
    ]
    assert expect_hits(is_positive, scores, size) == pytest.approx(np.mean(hits))


@given(cohorts)
def test_metrics_follow_from_their_definitions(cohort):
    is_positive, scores = unzip(cohort)
    assume(0 < is_positive.sum() < len(is_positive))
    values = {(m.metric, m.parameter): m.value for m in measure(is_positive, scores, [1, 500], [0.1])}
    pairs = [np.sign(a - b) for a in scores[is_positive] for b in scores[~is_positive]]
    assert values["auc", ""] == pytest.approx((np.mean(pairs) + 1) / 2)
    size, base_rate = round_share(0.1, len(cohort)), is_positive.mean()
    assert values["recall", "10%"] * is_positive.sum() == pytest.approx(values["precision", "10%"] * size)
    assert values["lift", "10%"] == pytest.approx(values["precision", "10%"] / base_rate)
    assert ("precision", "500") not in values


@given(cohorts)
def test_equal_scores_are_as_good_as_a_draw(cohort):
    is_positive, _ = unzip(cohort)
    assume(0 < is_positive.sum() < len(is_positive))
    values = {(m.metric, m.parameter): m.value for m in measure(is_positive, np.ones(len(cohort)), [1], [])}
    assert values["auc", ""] == pytest.approx(0.5)
    assert values["lift", "1"] == pytest.approx(1)
    assert values["average_precision", ""] == pytest.approx(is_positive.mean())


def test_metrics_that_have_no_meaning_are_left_out():
    nobody = list(measure(np.zeros(40, dtype=bool), np.arange(40.0), [10], [0.05]))
    found = {(m.metric, m.parameter, m.value) for m in nobody if m.metric != "by_lot"}
    assert found == {("precision", "10", 0), ("precision", "5%", 0)}


@pytest.mark.parametrize(("share", "n", "size"), [(0.05, 12_614, 631), (0.05, 10, 1), (0.05, 1, 1), (0.5, 5, 3)])
def test_a_share_is_the_nearest_number_of_officers(share, n, size):
    assert round_share(share, n) == size


def test_shares_are_named_as_people_write_them():
    assert [name_share(share) for share in (0.05, 0.01, 0.125)] == ["5%", "1%", "12.5%"]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_ranks_follow_scores_and_do_not_depend_on_the_order_of_rows(values, random):
    scores = np.array(values, dtype=np.float64)
    officers = np.array([f"officer-{i}" for i in range(len(values))], dtype="S")
    ranks = rank(scores, officers)
    assert sorted(ranks) == list(range(1, len(values) + 1))
    assert all(np.diff(scores[np.argsort(ranks)]) <= 0)
    shuffled = np.array(random.sample(range(len(values)), len(values)))
    assert (rank(scores[shuffled], officers[shuffled]) == ranks[shuffled]).all()


def test_ties_are_not_broken_by_identifier():
    """Identifiers often follow seniority; the order among equals must not."""
    officers = np.array([f"{i:04}" for i in range(500)], dtype="S")
    assert abs(np.corrcoef(rank(np.zeros(500), officers), np.arange(500))[0, 1]) < 0.15


@given(cohorts, st.data())
def test_the_curve_goes_through_every_list(cohort, data):
    is_positive, scores = unzip(cohort)
    sizes = np.array(sorted(data.draw(st.sets(st.integers(1, len(cohort)), min_size=1))))
    expected = [expect_hits(is_positive, scores, int(size)) for size in sizes]
    assert follow_list(is_positive, scores, sizes) == pytest.approx(expected)


@given(cohorts, st.data())
def test_places_are_by_lot_where_more_officers_tie_than_fit(cohort, data):
    _, scores = unzip(cohort)
    size = data.draw(st.integers(1, len(cohort)))
    ordered = sorted(scores, reverse=True)
    tied = [score == ordered[size - 1] for score in ordered]
    assert count_by_lot(scores, size) == (sum(tied[:size]) if any(tied[size:]) else 0)


@given(cohorts, st.integers(2, 12))
def test_bins_share_officers_evenly_and_ascend(cohort, n_bins):
    is_positive, scores = unzip(cohort)
    bins = bin_scores(is_positive, scores, n_bins)
    sizes = [found.n_officers for found in bins]
    assert (sum(sizes), max(sizes) - min(sizes) <= 1) == (len(cohort), True)
    assert sum(found.n_positive for found in bins) == is_positive.sum()
    assert all(a.mean_score <= b.mean_score for a, b in itertools.pairwise(bins))


def test_brier_is_the_mean_square_of_what_was_said_too_much_or_too_little():
    is_positive, scores = np.array([True, False, False]), np.array([0.9, 0.2, 0.4])
    values = {m.metric: m.value for m in measure(is_positive, scores, [], [], is_probability=True)}
    assert values["brier"] == pytest.approx((0.1**2 + 0.2**2 + 0.4**2) / 3)
    assert "brier" not in {m.metric for m in measure(is_positive, scores, [], [])}


@given(st.integers(1, 30_000), st.integers(2, 40), st.integers(1, 500))
def test_curve_sizes_ascend_from_one_to_all_and_hold_the_departments(n, n_sizes, capacity):
    sizes = spread_sizes(n, n_sizes, [capacity])
    assert (sizes[0], sizes[-1]) == (1, n)
    assert (np.diff(sizes) > 0).all()
    assert (capacity in sizes) == (capacity <= n)
    assert len(sizes) <= n_sizes + 1


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=40), st.data())
def test_lists_agree_as_sets_and_orders_do(pairs, data):
    size = data.draw(st.integers(1, len(pairs)))
    first, second = (np.array(values, dtype=np.float64) for values in zip(*pairs, strict=True))
    officers = np.array([f"officer-{i}" for i in range(len(pairs))], dtype="S")
    [(name, found)] = compare_lists(first, second, officers, {"list": size})
    lists = [set(np.flatnonzero(rank(scores, officers) <= size)) for scores in (first, second)]
    assert found.overlap == pytest.approx(len(lists[0] & lists[1]) / len(lists[0] | lists[1]))
    if len(set(first)) > 1 and len(set(second)) > 1:
        assert found.rank_correlation == pytest.approx(spearmanr(first, second).statistic)
    assert name == "list"
    assert next(compare_lists(first, first, officers, {"list": size}))[1].overlap == 1
