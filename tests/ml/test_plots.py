import datetime as dt
import io
from itertools import pairwise

import matplotlib.image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.plots import plot_backtest, spread
from ml.registry import EvaluationRow


def test_the_picture_shows_the_groups_of_the_outcome():
    rows = [
        EvaluationRow(
            "m", "e", "complaint", group, is_baseline, dt.date(year, 1, 1), metric, parameter, value, None, None, 100, 9
        )
        for year in (2011, 2012)
        for group, is_baseline, value in (("logistic", False, 0.7), ("complaints_2y", True, 0.6))
        for metric, parameter in (("auc", ""), ("precision", "5%"))
    ]
    picture = matplotlib.image.imread(io.BytesIO(plot_backtest(rows, "complaint")))
    empty = matplotlib.image.imread(io.BytesIO(plot_backtest(rows, "sustained")))
    assert picture.shape == empty.shape
    is_coloured = abs(picture[..., 0] - picture[..., 2]) > 0.2
    assert is_coloured.sum() > 300
    assert not (abs(empty[..., 0] - empty[..., 2]) > 0.2).any()


@given(st.lists(st.floats(0, 1), max_size=12).map(sorted), st.floats(0.01, 0.2))
def test_names_keep_their_distance_and_their_order(values, distance):
    places = spread(values, distance)
    assert len(places) == len(values)
    assert all(b - a >= distance * 0.999 for a, b in pairwise(places))
    assert sum(places) == pytest.approx(sum(values))
