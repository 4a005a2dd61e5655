import datetime as dt

import pytest

from ml.errors import ModellingError
from ml.registry import EvaluationRow
from ml.selection import choose


def rows(metric, parameter, values, outcome="complaint", is_baseline=False):
    """Evaluations of groups: one value a year from 2011."""
    return [
        EvaluationRow(
            "m",
            "e",
            outcome,
            group,
            is_baseline,
            dt.date(2011 + i, 1, 1),
            metric,
            parameter,
            value,
            None,
            None,
            100,
            9,
        )
        for group, series in values.items()
        for i, value in enumerate(series)
    ]


def both(precision, auc):
    return rows("precision", "5%", precision) + rows("auc", "", auc)


def test_the_simpler_candidate_is_chosen_when_noise_hides_the_difference(experiment):
    evaluations = both(
        {"logistic": [0.30, 0.50, 0.40], "gradient_boosting": [0.42, 0.38, 0.43]},
        {"logistic": [0.70, 0.74, 0.72], "gradient_boosting": [0.73, 0.71, 0.73]},
    )
    chosen = choose(evaluations, experiment, "complaint")
    assert chosen.model_group == "logistic"
    assert "simplest" in chosen.verdict


def test_a_steady_lead_is_worth_the_complexity(experiment):
    evaluations = both(
        {"logistic": [0.30, 0.40, 0.35], "gradient_boosting": [0.35, 0.44, 0.40]},
        {"logistic": [0.70, 0.71, 0.72], "gradient_boosting": [0.75, 0.76, 0.78]},
    )
    chosen = choose(evaluations, experiment, "complaint")
    assert chosen.model_group == "gradient_boosting"
    assert "logistic is 0.047 behind on precision 5%" in chosen.verdict


def test_when_metrics_disagree_the_least_relative_regret_decides(experiment):
    evaluations = both(
        {"logistic": [0.40, 0.41], "gradient_boosting": [0.30, 0.31]},
        {"logistic": [0.70, 0.71], "gradient_boosting": [0.71, 0.72]},
    )
    chosen = choose(evaluations, experiment, "complaint")
    assert chosen.model_group == "logistic"
    assert "least relative regret" in chosen.verdict


def test_one_test_date_leaves_no_room_for_noise(experiment):
    evaluations = both(
        {"logistic": [0.40], "gradient_boosting": [0.41]}, {"logistic": [0.7], "gradient_boosting": [0.7]}
    )
    assert choose(evaluations, experiment, "complaint").model_group == "gradient_boosting"


def test_equals_are_decided_for_the_simpler(experiment):
    equal = {"logistic": [0.4, 0.5], "gradient_boosting": [0.4, 0.5]}
    assert choose(both(equal, equal), experiment, "complaint").model_group == "logistic"


def test_a_baseline_is_named_but_never_chosen(experiment):
    equal = {"logistic": [0.4, 0.5], "gradient_boosting": [0.4, 0.5]}
    evaluations = both(equal, equal) + rows("auc", "", {"complaints_2y": [0.8, 0.9]}, is_baseline=True)
    chosen = choose(evaluations, experiment, "complaint")
    assert chosen.model_group == "logistic"
    assert "best baseline complaints_2y 0.850" in chosen.verdict


def test_other_outcomes_are_not_looked_at(experiment):
    equal = {"logistic": [0.4, 0.5], "gradient_boosting": [0.4, 0.5]}
    others = rows("auc", "", {"gradient_boosting": [0.9, 0.9], "logistic": [0.1, 0.1]}, outcome="sustained")
    assert choose(both(equal, equal) + others, experiment, "complaint").model_group == "logistic"


def test_without_values_there_is_no_choice(experiment):
    with pytest.raises(ModellingError, match="precision 5%"):
        choose(rows("auc", "", {"logistic": [0.7]}), experiment, "complaint")
