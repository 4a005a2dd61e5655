import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.errors import ModellingError
from ml.matrices import Labels, Matrix, locate, refuse_protected

keys = st.tuples(st.dates(dt.date(1999, 1, 1), dt.date(2001, 1, 1)), st.sampled_from([b"a", b"ab", b"b", b"10", b"9"]))


def as_arrays(pairs):
    return (
        np.array([officer for _, officer in pairs], dtype="S4"),
        np.array([date for date, _ in pairs], dtype="datetime64[D]"),
    )


@given(st.sets(keys), st.lists(keys))
def test_rows_are_found_by_key_and_by_nothing_else(known, wanted):
    ordered = sorted(known)
    expected = [ordered.index(key) if key in known else -1 for key in wanted]
    assert locate(*as_arrays(wanted), *as_arrays(ordered)).tolist() == expected


@pytest.mark.parametrize("name", ["officer_race", "sex", "birth_year", "career_age_years", "peers_age2_12m"])
def test_protected_attributes_are_refused_by_name(name):
    with pytest.raises(ModellingError, match=name):
        refuse_protected(["force_reports_12m", name])


def test_words_that_merely_contain_a_protected_one_pass():
    refuse_protected(["career_average_12m", "activity_traces_12m", "unit_damage_6m", "stops_sexton_1m"])


def test_a_positive_counts_for_training_only_once_it_is_known():
    known_on = np.array(["2012-12-31", "2013-01-01", "9999-12-31", "2012-06-01"], dtype="datetime64[D]")
    is_positive = np.array([True, True, True, False])
    labels = Labels("sustained", is_positive, np.ones(4, dtype=bool), known_on)
    assert labels.knowable_at(dt.date(2013, 1, 1), np.arange(4)).tolist() == [True, False, False, False]
    assert labels.knowable_at(dt.date(2013, 1, 2), np.array([1, 2])).tolist() == [True, False]


def test_a_feature_without_any_value_in_the_rows_is_not_seen():
    values = np.array([[1, np.nan, np.nan], [2, np.nan, 3], [4, 5, 6]], dtype=np.float32)
    matrix = Matrix(
        values, np.array([b"a", b"b", b"c"]), np.full(3, "2012-01-01", dtype="datetime64[D]"), ("x", "y", "z")
    )
    assert matrix.find_seen(np.array([0, 1]), ("z", "y", "x")) == ("z", "x")
