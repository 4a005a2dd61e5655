import datetime as dt
from dataclasses import replace

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
    labels = Labels("sustained", is_positive, np.ones(4, dtype=bool), known_on, known_on)
    assert labels.knowable_at(dt.date(2013, 1, 1), np.arange(4)).tolist() == [True, False, False, False]
    assert labels.knowable_at(dt.date(2013, 1, 2), np.array([1, 2])).tolist() == [True, False]


def test_a_feature_without_any_value_in_the_rows_is_not_seen():
    values = np.array([[1, np.nan, np.nan], [2, np.nan, 3], [4, 5, 6]], dtype=np.float32)
    matrix = Matrix(
        values, np.array([b"a", b"b", b"c"]), np.full(3, "2012-01-01", dtype="datetime64[D]"), ("x", "y", "z")
    )
    assert matrix.find_seen(np.array([0, 1]), ("z", "y", "x")) == ("z", "x")
    assert matrix.find_seen(np.arange(3), ("z", "y", "x")) == ("z", "y", "x")


def test_what_was_open_at_a_date_is_undecided_unless_it_was_known_to_be_adverse():
    day = np.array(["2012-12-31", "2013-01-01", "9999-12-31", "0001-01-01"], dtype="datetime64[D]")
    known_on = np.array(["2012-06-01", "2013-06-01", "2012-06-01", "2013-06-01"], dtype="datetime64[D]")
    labels = Labels("sustained", np.array([False, True, True, False]), np.ones(4, dtype=bool), known_on, day)
    assert labels.undecided_at(dt.date(2013, 1, 1), np.arange(4)).tolist() == [False, True, False, False]


def test_a_hash_tells_any_value_feature_and_officer_apart():
    values = np.arange(6, dtype=np.float32).reshape(3, 2)
    days = np.array(["2012-01-01", "2012-01-01", "2013-01-01"], dtype="datetime64[D]")
    first = Matrix(values, np.array([b"a", b"b", b"a"]), days, ("x", "y"))
    changed = values.copy()
    changed[1, 0] = np.nextafter(values[1, 0], 9)
    other = replace(first, values=changed)
    early, late = dt.date(2012, 1, 1), dt.date(2013, 1, 1)
    assert first.identify([early], ["x"]) != other.identify([early], ["x"])
    assert first.identify([early], ["y"]) == other.identify([early], ["y"])
    assert first.identify([late], ["x"]) == other.identify([late], ["x"])
    renamed = replace(first, officers=np.array([b"a", b"c", b"a"]))
    assert first.identify([early], ["x"]) != renamed.identify([early], ["x"])
    assert first.identify([early], ["x"]) != first.identify([early, late], ["x"])


def test_what_lies_side_by_side_is_not_copied():
    matrix = Matrix(np.arange(12, dtype=np.float32).reshape(3, 4), np.empty(3), np.empty(3), tuple("abcd"))
    assert matrix.take(np.array([1, 2]), "bc").tolist() == [[5, 6], [9, 10]]
    assert np.shares_memory(matrix.take(np.array([1, 2]), "bc"), matrix.values)
    assert matrix.take(np.array([0, 2]), "ca").tolist() == [[2, 0], [10, 8]]
