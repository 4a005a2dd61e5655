"""Comparisons of groups against a slow computation."""

import datetime as dt

import numpy as np
import pytest

from ml.comparing import SELECTED, compare, find_rivals
from ml.registry import ModelDraws

FIRST, SECOND = dt.date(2013, 1, 1), dt.date(2014, 1, 1)
KINDS = {
    "complaints_2y": "baseline",
    "logistic": "candidate",
    "gradient_boosting": "candidate",
    "logistic__last_year": "variation",
}


@pytest.fixture
def models():
    rng = np.random.default_rng(0)
    return [
        ModelDraws(group, kind, date, "auc", "", rng.normal(0.7, 0.02, 21).tolist())
        for group, kind in KINDS.items()
        for date in (FIRST, SECOND)
        if (group, date) != ("logistic__last_year", FIRST)
    ]


def draws_of(models, group, *dates):
    return np.mean([m.draws for m in models if m.model_group == group and m.test_as_of_date in dates], axis=0)


def test_selected_is_what_was_chosen_at_the_time(models, experiment):
    chosen = {FIRST: "logistic", SECOND: "gradient_boosting"}
    rows = {(r.model_group, r.compared_with): r for r in compare(models, chosen, experiment, "e", "complaint", "s")}
    walked = (draws_of(models, "logistic", FIRST) + draws_of(models, "gradient_boosting", SECOND)) / 2
    row = rows[SELECTED, ""]
    assert (row.value, row.n_dates) == (pytest.approx(walked[0]), 2)
    assert (row.lower, row.upper) == pytest.approx(np.quantile(walked[1:], [0.025, 0.975]))
    gap = walked - draws_of(models, "complaints_2y", FIRST, SECOND)
    row = rows[SELECTED, "complaints_2y"]
    assert (row.value, row.lower) == pytest.approx((gap[0], np.quantile(gap[1:], 0.025)))


def test_a_variation_is_compared_on_the_dates_that_it_has(models, experiment):
    rows = {(r.model_group, r.compared_with): r for r in compare(models, {}, experiment, "e", "complaint", "s")}
    row = rows["logistic__last_year", "logistic"]
    gap = draws_of(models, "logistic__last_year", SECOND) - draws_of(models, "logistic", SECOND)
    assert (row.n_dates, row.value) == (1, pytest.approx(gap[0]))
    assert not any(group == SELECTED for group, _ in rows)


def test_who_is_compared_with_whom():
    rivals = {group: list(find_rivals(group, KINDS, "logistic")) for group in [*KINDS, SELECTED]}
    assert rivals == {
        "complaints_2y": [""],
        "logistic": ["", "complaints_2y"],
        "gradient_boosting": ["", "complaints_2y"],
        "logistic__last_year": ["", "logistic"],
        SELECTED: ["", "complaints_2y"],
    }
