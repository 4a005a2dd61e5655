import ast

import numpy as np
import pytest
import skops.io
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.preprocessing import FunctionTransformer
from synthetic_department import cook

from ml.errors import ModellingError
from ml.estimators import log_odds
from ml.registry import MODEL_CODE, PACKAGE, Artefact, identify_experiment, identify_model, preserve, restore


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    X = rng.poisson(2, size=(300, 3)).astype(np.float32)
    X[:9, 1] = np.nan
    return X, rng.random(300) < 0.3


@pytest.mark.parametrize("position", [0, 1])
def test_a_restored_model_scores_as_before(experiment, rows, position):
    X, y = rows
    recipe = cook(experiment, position, ["a", "b", "c"])
    fitted = recipe.estimator.fit(X, y)
    artefact = preserve(fitted)
    assert (log_odds(restore(artefact.content, artefact.sha256), X) == log_odds(fitted, X)).all()


@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesClassifier, HistGradientBoostingClassifier])
def test_candidates_of_the_next_grid_can_be_preserved(rows, kind):
    fitted = kind(random_state=0).fit(*rows)
    artefact = preserve(fitted)
    assert (restore(artefact.content, artefact.sha256).predict_proba(rows[0]) == fitted.predict_proba(rows[0])).all()


def test_changed_bytes_are_refused(experiment, rows):
    artefact = preserve(cook(experiment, 0, ["a", "b", "c"]).estimator.fit(*rows))
    with pytest.raises(ModellingError, match="changed"):
        restore(artefact.content + b" ", artefact.sha256)


def test_types_that_nobody_allowed_are_refused_when_saved_and_when_loaded():
    import hashlib

    unknown = FunctionTransformer(experiment_with_a_name)
    with pytest.raises(ModellingError, match="experiment_with_a_name"):
        preserve(unknown)
    content = skops.io.dumps(unknown)
    artefact = Artefact(hashlib.sha256(content).hexdigest(), content)
    with pytest.raises(ModellingError, match="experiment_with_a_name"):
        restore(artefact.content, artefact.sha256)


def experiment_with_a_name(X):
    return X


def test_an_experiment_is_identified_by_all_that_its_results_depend_on(experiment):
    first = identify_experiment(experiment, "v1")
    assert identify_experiment(experiment.model_copy(), "v1") == first
    others = [
        identify_experiment(experiment, "v2"),
        identify_experiment(experiment.model_copy(update={"capacity": 11}), "v1"),
        identify_experiment(
            experiment.model_copy(update={"grid": experiment.grid.model_copy(update={"seed": 4})}), "v1"
        ),
    ]
    assert len({first, *others}) == 4


def list_imports(module):
    """Modules of ml that a module of ml imports from."""
    tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    found = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return {name.removeprefix("ml.") for name in found if name.startswith("ml.")}


def test_the_code_that_scores_and_ranks_are_made_by_is_part_of_a_models_identity():
    """The rest only orders models, keeps them, or describes what is asked for."""
    assert set().union(*map(list_imports, MODEL_CODE)) - {"errors", "registry", "settings"} <= set(MODEL_CODE)
    assert not list_imports("training") & {"calibration", "evaluation"}


def test_models_are_told_apart_by_anything_that_they_depend_on():
    parts = (["complaint", "logistic"], {"C": 1}, 3, "rows", "labels", None)
    changes = (["complaint", "boosting"], {"C": 2}, 4, "other rows", "other labels", "calibrator")
    others = [identify_model(*parts[:i], change, *parts[i + 1 :]) for i, change in enumerate(changes)]
    assert identify_model(*parts) == identify_model(*parts)
    assert len({identify_model(*parts), *others}) == 7
