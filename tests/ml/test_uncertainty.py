import numpy as np
import pytest

from ml.fitting import keep_learnable
from ml.uncertainty import RankIntervals, TrackRecord, judge_list, say_certainty, summarise_ranks


def test_draws_keep_what_can_be_learnt():
    X = np.array([[1, np.nan], [2, 7], [3, 8], [4, np.nan]], dtype=np.float32)
    is_positive = np.array([True, False, True, False])
    assert keep_learnable(np.array([2, 0, 0, 2]), X, is_positive).tolist() == [2, 1, 0, 2]
    assert keep_learnable(np.array([2, 0, 1, 1]), X, is_positive).tolist() == [2, 0, 1, 1]
    assert keep_learnable(np.array([0, 2, 0, 2]), X, is_positive).tolist() == [1, 2, 0, 2]
    assert keep_learnable(np.array([2, 0, 2, 0]), X, is_positive).tolist() == [2, 1, 2, 0]


def test_words_say_how_surely_an_officer_is_on_this_side_of_the_edge():
    intervals = RankIntervals(np.array([1.0, 0.8, 0.5, 0.4, 0.1, 0.0]), np.ones(6, dtype=np.int32), np.ones(6))
    words = say_certainty(intervals, np.array([1, 2, 3, 4, 5, 6], dtype=np.int32), capacity=3)
    assert words.tolist() == ["clear", "likely", "tie", "tie", "likely", "clear"]


def test_ranks_are_summarised_by_where_nine_in_ten_lie():
    ranks = [np.array([1, position], dtype=np.int32) for position in range(1, 22)]
    intervals = summarise_ranks(ranks, capacity=7)
    assert (intervals.lower.tolist(), intervals.upper.tolist()) == ([1, 2], [1, 20])
    assert intervals.on_list.tolist() == [1, pytest.approx(7 / 21)]


RANKS = np.arange(1, 11, dtype=np.int32)


def test_a_list_of_ties_cannot_tell():
    verdict = judge_list(np.array(["clear"] + ["tie"] * 9), RANKS, 8, None)
    assert not verdict.is_told
    assert (verdict.n_clear, verdict.n_likely, verdict.n_tie) == (1, 0, 7)
    assert "1 of 8 officers" in verdict.why


@pytest.mark.parametrize(("precision_low", "is_told"), [(0.29, True), (0.17, False), (0.14, False)])
def test_a_list_no_better_than_lot_cannot_tell(precision_low, is_told):
    verdict = judge_list(np.array(["clear"] * 10), RANKS, 8, TrackRecord(0.4, precision_low, 60, 0.17))
    assert verdict.is_told is is_told
    assert is_told or "drawn by lot would have had 17.0%" in verdict.why
