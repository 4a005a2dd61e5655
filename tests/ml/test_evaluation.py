import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ml.evaluation import expect_hits, measure, name_share, rank, round_share

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
    assert {(m.metric, m.parameter, m.value) for m in nobody} == {("precision", "10", 0), ("precision", "5%", 0)}


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
