from pathlib import Path

import pytest
import yaml

from ml.errors import ModellingError
from ml.estimators import import_estimator
from ml.settings import GRID, Candidate, load_grid


@pytest.fixture
def grid_with(tmp_path: Path):
    """The shipped grid with changes, as a file."""

    def write(**changes) -> Path:
        path = tmp_path / "experiment.yml"
        path.write_text(yaml.safe_dump(yaml.safe_load(GRID.read_text()) | changes))
        return path

    return write


def test_the_shipped_grid_can_be_built():
    for candidate in load_grid().candidates:
        assert candidate.blend or import_estimator(candidate) is not None


def test_the_shipped_grid_has_the_rules_that_departments_use():
    features = {baseline.feature for baseline in load_grid().baselines}
    assert {None, "complaints_reported_24m", "complaints_sustained_60m", "force_reports_24m"} <= features


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sed": 1}, "sed"),
        ({"seed": "x"}, "seed"),
        ({"list_shares": [5]}, "list_shares.0"),
        ({"candidates": [{"group": "x", "estimator": "os.system", "why": ""}]}, "candidates.0.estimator"),
        ({"candidates": [{"group": "x", "estimator": "sklearn.A", "why": "", "exclude": "("}]}, "regular expression"),
        ({"baselines": [{"group": "logistic", "why": ""}]}, "logistic"),
        ({"candidates": [{"group": "x", "why": ""}]}, "estimator is needed"),
        ({"candidates": [{"group": "x", "blend": ["y"], "why": ""}]}, "blend x: no candidate"),
        ({"reference": "nobody"}, "no candidate 'nobody'"),
        ({"variations": [{"name": "v", "changes": {"retrain_every_months": 12}, "why": ""}]}, "changes nothing"),
        ({"variations": [{"name": "v", "changes": {"retrain": 24}, "why": ""}]}, "retrain"),
        ({"deciding": [{"metric": "brier"}]}, "deciding.0.metric"),
    ],
)
def test_a_fault_of_the_grid_is_named(grid_with, changes, words):
    with pytest.raises(ModellingError, match=words):
        load_grid(grid_with(**changes))


def test_text_that_is_not_yaml_is_named(tmp_path):
    path = tmp_path / "experiment.yml"
    path.write_text("seed: [")
    with pytest.raises(ModellingError, match="not valid YAML"):
        load_grid(path)


@pytest.mark.parametrize(
    ("estimator", "params", "words"),
    [
        ("sklearn.linear_model.LogisticRegresion", {}, "LogisticRegresion"),
        ("sklearn.nothing.LogisticRegression", {}, "there is no"),
        ("sklearn.linear_model.LogisticRegression", {"c": 1}, "'c'"),
        ("sklearn.preprocessing.StandardScaler", {}, "no scores"),
    ],
)
def test_an_estimator_that_cannot_be_is_named(estimator, params, words):
    with pytest.raises(ModellingError, match=words):
        import_estimator(Candidate(group="tried", estimator=estimator, params=params, why=""))
