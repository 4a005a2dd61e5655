import numpy as np
import pytest

from ml.context import find_typical, find_typical_of_peers, rank_among, replace_columns
from ml.reasons import LOWERS, RAISES, choose_reasons, imagine_typical

MEASURES = ("complaints", "complaints", "force", "force", "service")


def list_of(reasons, direction):
    return [(reason.row, reason.measure) for reason in reasons if reason.direction == direction]


def test_windows_of_a_measure_are_one_reason_and_the_strongest_speaks():
    contributions = np.array([[0.1, 0.3, 0.35, -0.2, -0.05], [-0.5, 0.1, 0.0, 0.0, 0.0]])
    reasons = list(choose_reasons(contributions, MEASURES))
    assert list_of(reasons, RAISES) == [(0, "complaints"), (0, "force")]
    assert list_of(reasons, LOWERS) == [(0, "service"), (1, "complaints")]
    complaints, force = reasons[:2]
    assert (complaints.feature, complaints.contribution) == (1, pytest.approx(0.4))
    assert (force.feature, force.contribution) == (2, pytest.approx(0.15))
    assert reasons[-1].feature == 0


def test_reasons_are_the_strongest_in_order_and_no_more_than_five():
    contributions = np.random.default_rng(0).normal(size=(30, 12))
    reasons = list(choose_reasons(contributions, [f"m{i}" for i in range(12)]))
    for row in range(30):
        own = [reason for reason in reasons if reason.row == row and reason.direction == RAISES]
        parts = np.sort(contributions[row][contributions[row] > 0])[::-1][:5]
        assert [reason.contribution for reason in own] == pytest.approx(parts)
        assert [reason.reason_rank for reason in own] == list(range(1, len(own) + 1))


def test_what_is_typical_is_a_value_that_occurs():
    X = np.array([[0, np.nan], [0, np.nan], [5, 3], [7, 4], [9, np.nan]], dtype=np.float32)
    assert find_typical(X).tolist() == pytest.approx([5, np.nan], nan_ok=True)
    assert find_typical(X[:4]).tolist() == [0, 3]


def test_few_peers_are_not_asked():
    X = np.array([[1.0]] * 11 + [[9.0]] * 10, dtype=np.float32)
    typical, is_of_peers = find_typical_of_peers(X, ["patrol"] * 11 + ["harbour"] * 10)
    assert typical[:, 0].tolist() == [1] * 21
    assert is_of_peers.tolist() == [True] * 11 + [False] * 10


def test_replacing_leaves_the_rest_and_the_original_alone():
    X = np.arange(6, dtype=np.float32).reshape(2, 3)
    changed = replace_columns(X, np.array([0, 2]), np.array([7, 8, 9], dtype=np.float32))
    assert changed.tolist() == [[7, 1, 9], [7, 4, 9]]
    assert X[0].tolist() == [0, 1, 2]


def test_a_score_is_ranked_behind_its_equals():
    assert [rank_among(score, np.array([0.9, 0.5, 0.5, 0.1])) for score in (1.0, 0.9, 0.5, 0.0)] == [1, 2, 4, 5]


def test_an_alternative_changes_the_officer_and_nobody_else():
    X = np.array([[9.0, 1], [5, 2], [1, 3]], dtype=np.float32)
    typical = np.full((3, 2), 2, dtype=np.float32)
    found = imagine_typical(
        X, typical, [0, 1], np.array([0]), lambda rows: rows[:, 0].astype(float), X[:, 0].astype(float)
    )
    assert list(found) == [(0, 2, 2), (1, 2, 2)]
