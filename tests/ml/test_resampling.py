"""Weighted metrics of many resamples against the plain metrics on officers repeated as often as they were drawn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from ml.evaluation import expect_hits
from ml.intervals import draw_officers
from ml.resampling import resample_metrics

officers = st.lists(st.tuples(st.booleans(), st.integers(0, 4)), min_size=3, max_size=40)


@settings(max_examples=60, deadline=None)
@given(officers, st.integers(0, 99), st.data())
def test_a_resample_is_as_if_officers_stood_there_as_often(cohort, seed, data):
    is_positive = np.array([a for a, _ in cohort])
    scores = np.array([b for _, b in cohort], dtype=np.float64)
    size = data.draw(st.integers(1, len(cohort)))
    weights = draw_officers(len(cohort), 5, seed)
    found = resample_metrics(is_positive, scores, weights, {"list": size})
    for draw, times in enumerate(weights.T.astype(int)):
        y, s = np.repeat(is_positive, times), np.repeat(scores, times)
        hits = expect_hits(y, s, size)
        assert found["precision", "list"][draw] == pytest.approx(hits / size)
        if 0 < y.sum() < len(y):
            assert found["auc", ""][draw] == pytest.approx(roc_auc_score(y, s))
            assert found["recall", "list"][draw] == pytest.approx(hits / y.sum())
        else:
            assert np.isnan(found["auc", ""][draw])


def test_an_interval_covers_what_repeating_the_study_gives():
    """Draws of one study spread as the AUCs of many studies do."""
    rng = np.random.default_rng(1)

    def study():
        y = rng.random(400) < 0.3
        return y, rng.normal(size=400) + y

    aucs = [roc_auc_score(*study()) for _ in range(200)]
    y, s = study()
    draws = resample_metrics(y, s, draw_officers(400, 300, 0), {})["auc", ""][1:]
    assert np.std(draws) == pytest.approx(np.std(aucs), rel=0.25)
