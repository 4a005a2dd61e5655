import datetime as dt

import numpy as np
import pytest
from synthetic_department import DATES, FEATURES

from ml import warehouse
from ml.errors import ModellingError


def test_the_matrix_is_the_table_key_by_key(connection, department):
    matrix = warehouse.read_matrix(connection, FEATURES, DATES)
    expected = {row[:2]: row[2:] for row in department.features}
    assert len(matrix.officers) == len(expected)
    assert matrix.values.dtype == np.float32
    for officer, date, values in zip(matrix.officers.tolist(), matrix.dates.tolist(), matrix.values, strict=True):
        row = [np.nan if value is None else value for value in expected[officer.decode(), date]]
        assert np.array_equal(values, np.array(row, dtype=np.float32), equal_nan=True)
    assert np.isnan(matrix.values).any()
    assert sorted(zip(matrix.dates.tolist(), matrix.officers.tolist(), strict=True)) == list(
        zip(matrix.dates.tolist(), matrix.officers.tolist(), strict=True)
    )


def test_many_chunks_make_the_same_matrix(connection, monkeypatch):
    whole = warehouse.read_matrix(connection, FEATURES, DATES)
    monkeypatch.setattr(warehouse.inputs, "PARSE_BYTES", 100)
    pieces = warehouse.read_matrix(connection, FEATURES, DATES)
    assert np.array_equal(whole.values, pieces.values, equal_nan=True)
    assert (whole.officers == pieces.officers).all()


def test_only_the_asked_features_and_dates_are_read(connection):
    matrix = warehouse.read_matrix(connection, FEATURES[2:0:-1], DATES[3:5])
    assert matrix.features == ("complaints_reported_24m", "complaints_reported_12m")
    assert set(matrix.dates.tolist()) == set(DATES[3:5])
    whole = warehouse.read_matrix(connection, FEATURES, DATES)
    rows = whole.find_rows(DATES[3:5])
    assert (matrix.values == whole.take(rows, matrix.features)).all()


def test_labels_are_aligned_by_key(connection, department):
    matrix = warehouse.read_matrix(connection, FEATURES[:1], DATES[-4:])
    labels = warehouse.read_labels(connection, "sustained", 12, matrix)
    expected = {row[:2]: row[4:] for row in department.labels if row[2] == "sustained"}
    for i, key in enumerate(zip(matrix.officers.tolist(), matrix.dates.tolist(), strict=True)):
        value, status, known_on = expected[key[0].decode(), key[1]]
        assert labels.is_positive[i] == (value == 1)
        assert labels.is_decided[i] == (status != "pending")
        assert labels.known_on[i].item() == (known_on or dt.date(9999, 12, 31))


def test_missing_labels_are_counted(connection):
    matrix = warehouse.read_matrix(connection, FEATURES[:1], DATES)
    with pytest.raises(ModellingError, match=r"for 0 of the .* rows"):
        warehouse.read_labels(connection, "complaint", 6, matrix)


def test_features_come_from_table_and_catalogue(connection):
    assert tuple(warehouse.list_features(connection)) == FEATURES


@pytest.mark.parametrize(
    ("column", "is_declared", "words"),
    [
        ("officer_race integer", True, "protected attributes.*officer_race"),
        ("career_unit text", True, r"not numbers: career_unit \(text\)"),
        ("career_moves_12m integer", False, "feature_catalog does not have.*career_moves_12m"),
    ],
)
def test_a_column_that_no_model_may_use_is_named(connection, column, is_declared, words):
    with connection.transaction(force_rollback=True):
        connection.execute(f"alter table features.officer_features add column {column}")
        if is_declared:
            connection.execute("insert into features.feature_catalog values (%s)", [column.split()[0]])
        with pytest.raises(ModellingError, match=words):
            warehouse.list_features(connection)


def test_an_empty_cohort_is_named(connection):
    with connection.transaction(force_rollback=True):
        connection.execute("delete from features.officer_cohort")
        with pytest.raises(ModellingError, match="officer_cohort is empty"):
            warehouse.list_as_of_dates(connection)
