"""The replay against a database: what is written, that it is the same again, and that it knows nothing too early."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from synthetic_department import DATES, FEATURES

from ml import scoring, selection, training, warehouse
from ml.errors import ModellingError
from ml.estimators import cook_candidate
from ml.settings import OutcomePlan

PREDICTIONS = "select outcome, as_of_date, officer_id, model_id, score, rank from ml.predictions order by 1, 2, 3, 4"


def count(connection, table):
    return connection.execute(f"select count(*) from ml.{table}").fetchone()[0]


def change(experiment, **changes):
    return experiment.model_copy(update=changes)


def test_every_model_predicts_the_whole_cohort_of_its_test_date(connection, experiment):
    result = training.run_backtest(connection, experiment, "v1")
    assert not result.is_reused
    groups = connection.execute(
        """
        select
            models.outcome, models.test_as_of_date,
            count(distinct models.model_id), count(*), count(distinct officer_id)
        from ml.models join ml.predictions using (model_id)
        where predictions.as_of_date = models.test_as_of_date and predictions.outcome = models.outcome
        group by 1, 2 order by 1, 2
        """
    ).fetchall()
    assert [row[:2] for row in groups] == [
        ("complaint", dt.date(2013, 1, 1)),
        ("complaint", dt.date(2014, 1, 1)),
        ("sustained", dt.date(2014, 1, 1)),
    ]
    for _, date, n_models, n_predictions, n_officers in groups:
        cohort = connection.execute("select count(*) from features.officer_cohort where as_of_date = %s", [date])
        assert n_models == 4
        assert n_officers == cohort.fetchone()[0]
        assert n_predictions == n_models * n_officers


def test_what_a_model_learnt_from_was_over_when_it_predicted(connection, experiment):
    training.run_backtest(connection, experiment, "v1")
    rows = connection.execute(
        "select outcome, test_as_of_date, min(train_start_date), max(train_end_date) from ml.models "
        "group by 1, 2 order by 1, 2"
    ).fetchall()
    assert rows == [
        ("complaint", dt.date(2013, 1, 1), dt.date(2010, 1, 1), dt.date(2012, 1, 1)),
        ("complaint", dt.date(2014, 1, 1), dt.date(2010, 1, 1), dt.date(2013, 1, 1)),
        ("sustained", dt.date(2014, 1, 1), dt.date(2010, 1, 1), dt.date(2012, 7, 1)),
    ]


def test_a_repetition_is_reused_and_a_change_is_not(connection, experiment):
    first = training.run_backtest(connection, experiment, "v1")
    n = count(connection, "predictions")
    again = training.run_backtest(connection, experiment, "v1")
    assert again == replace(first, is_reused=True)
    assert count(connection, "predictions") == n
    changed = training.run_backtest(connection, experiment, "v2")
    assert not changed.is_reused
    assert count(connection, "predictions") == 2 * n


def test_the_same_inputs_give_the_same_lists_bit_for_bit(connection, experiment):
    training.run_backtest(connection, experiment, "v1", workers=2)
    first = connection.execute(PREDICTIONS).fetchall()
    connection.execute("drop schema ml cascade")
    training.run_backtest(connection, experiment, "v1", workers=1)
    assert connection.execute(PREDICTIONS).fetchall() == first


def test_a_run_that_fails_leaves_the_earlier_experiment_alone(connection, experiment, monkeypatch):
    first = training.run_backtest(connection, experiment, "v1")
    counts = [
        count(connection, table) for table in ("experiments", "models", "artefacts", "predictions", "evaluations")
    ]
    write_model, seen = warehouse.write_model, []

    def break_off(connection, model):
        if len(seen) == 5:
            raise KeyboardInterrupt
        seen.append(write_model(connection, model))

    monkeypatch.setattr(warehouse.registry, "write_model", break_off)
    with pytest.raises(KeyboardInterrupt):
        training.run_backtest(connection, experiment, "v2")
    assert counts == [
        count(connection, table) for table in ("experiments", "models", "artefacts", "predictions", "evaluations")
    ]
    assert training.run_backtest(connection, experiment, "v1") == replace(first, is_reused=True)


def test_a_baseline_that_the_department_cannot_have_is_left_out_by_name(connection, experiment):
    result = training.run_backtest(connection, experiment, "v1")
    assert result.left_out == {"sustained_5y": "this department has no feature complaints_sustained_60m"}
    assert "sustained_5y" not in {row.model_group for row in result.evaluations}


def test_progress_is_told_to_the_end(connection, experiment):
    told = []
    training.run_backtest(connection, experiment, "v1", report=lambda *step: told.append(step))
    assert [done for what, done, _ in told if not what.startswith(("reading", "writing"))] == list(range(1, 13))
    assert told[-1] == ("writing predictions", 12, 12)


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (OutcomePlan(name="complaint", test_dates=[dt.date(2013, 2, 1)]), "not an as-of date"),
        (OutcomePlan(name="complaint", test_dates=[dt.date(2010, 7, 1)]), "no as-of date since"),
        (OutcomePlan(name="complaint", test_dates=[DATES[-1]]), "labels are pending"),
        (OutcomePlan(name="nothing", test_dates=[DATES[-4]]), "has outcome 'nothing'"),
    ],
)
def test_a_test_date_that_cannot_be_is_named(connection, experiment, plan, words):
    with pytest.raises(ModellingError, match=words):
        training.run_backtest(connection, change(experiment, outcomes=[plan]), "v1")
    assert count(connection, "experiments") == 0


@pytest.fixture
def study(connection, experiment):
    predict_on = {plan.name: plan.test_dates for plan in experiment.outcomes}
    return training.read_study(connection, "e", experiment, FEATURES, predict_on)


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize("outcome", [0, 1])
def test_nothing_that_becomes_known_later_changes_a_prediction(study, experiment, position, outcome):
    """Whatever is found out from the test date on, the model of that date says the same."""
    plan, recipe = experiment.outcomes[outcome], cook_candidate(experiment.grid.candidates[position], FEATURES, 3)
    date, labels = plan.test_dates[0], study.labels[plan.name]
    is_later = labels.known_on >= np.datetime64(date)
    assert is_later.any()
    rng = np.random.default_rng(0)
    other = replace(labels, is_positive=np.where(is_later, rng.random(len(is_later)) < 0.5, labels.is_positive))
    before = training.replay(study, recipe, plan, date).predictions
    after = training.replay(replace(study, labels=study.labels | {plan.name: other}), recipe, plan, date).predictions
    assert (before.scores == after.scores).all()


def test_labels_that_are_known_do_change_predictions(study, experiment):
    """The test above can fail."""
    plan, recipe = experiment.outcomes[0], cook_candidate(experiment.grid.candidates[0], FEATURES, 3)
    labels = study.labels[plan.name]
    other = replace(
        labels, is_positive=~labels.is_positive, known_on=np.minimum(labels.known_on, np.datetime64("2010-01-02"))
    )
    before = training.replay(study, recipe, plan, plan.test_dates[0]).predictions
    after = training.replay(replace(study, labels={plan.name: other}), recipe, plan, plan.test_dates[0]).predictions
    assert (before.scores != after.scores).any()


def test_an_outcome_that_nobody_had_is_named(study, experiment):
    plan, recipe = experiment.outcomes[0], cook_candidate(experiment.grid.candidates[0], FEATURES, 3)
    labels = study.labels[plan.name]
    nobody = replace(labels, is_positive=np.zeros_like(labels.is_positive))
    with pytest.raises(ModellingError, match="0 were known to have it"):
        training.replay(replace(study, labels={plan.name: nobody}), recipe, plan, plan.test_dates[0])


@pytest.fixture
def published(connection, experiment):
    result = training.run_backtest(connection, experiment, "v1")
    selections = selection.select(connection, experiment, result.experiment_id)
    groups = {outcome: chosen.model_group for outcome, chosen in selections.items()}
    return result, selections, training.train_final_models(connection, experiment, result.experiment_id, groups)


def test_the_selected_model_scores_the_latest_cohort(connection, published):
    _, selections, model_ids = published
    done = scoring.score_latest(connection, model_ids)
    assert [(s.outcome, s.model_group) for s in done] == [(o, c.model_group) for o, c in selections.items()]
    for outcome, model_id in model_ids.items():
        rows = connection.execute(
            "select officer_id, score, rank, percentile from ml.scores "
            "where outcome = %s and model_id = %s and as_of_date = %s order by rank",
            [outcome, model_id, DATES[-1]],
        ).fetchall()
        cohort = connection.execute("select officer_id from features.officer_cohort where as_of_date = %s", [DATES[-1]])
        assert {row[0] for row in rows} == {officer for (officer,) in cohort}
        assert [row[2] for row in rows] == list(range(1, len(rows) + 1))
        assert all(a[1] >= b[1] for a, b in pairwise(rows))
        assert (rows[0][3], rows[-1][3]) == ((len(rows) - 1) / len(rows), 0)
        assert all(0 <= row[1] <= 1 for row in rows)


def test_the_final_model_knows_all_that_is_over_and_is_in_no_backtest(connection, published):
    row = connection.execute(
        "select test_as_of_date, predict_as_of_date, train_end_date from ml.models where model_id = %s",
        [published[2]["complaint"]],
    ).fetchone()
    assert row == (None, DATES[-1], DATES[-3])
    found = connection.execute("select count(*) from ml.predictions where model_id = %s", [published[2]["complaint"]])
    assert found.fetchone() == (0,)


def test_a_second_publication_of_the_same_adds_nothing(connection, experiment, published):
    result, selections, model_ids = published
    scoring.score_latest(connection, model_ids)
    counts = [count(connection, table) for table in ("models", "selections", "scores")]
    assert selection.select(connection, experiment, result.experiment_id) == selections
    groups = {outcome: chosen.model_group for outcome, chosen in selections.items()}
    assert training.train_final_models(connection, experiment, result.experiment_id, groups) == model_ids
    assert all(done.is_reused for done in scoring.score_latest(connection, model_ids))
    assert counts == [count(connection, table) for table in ("models", "selections", "scores")]


def test_going_back_to_an_earlier_experiment_is_a_new_decision(connection, experiment, published):
    other = training.run_backtest(connection, experiment, "v2")
    selection.select(connection, experiment, other.experiment_id)
    assert warehouse.find_selected_group(connection, "complaint")[0] == other.experiment_id
    selection.select(connection, experiment, published[0].experiment_id)
    assert warehouse.find_selected_group(connection, "complaint")[0] == published[0].experiment_id


def test_an_artefact_that_was_changed_does_not_score(connection, published):
    connection.execute("update ml.artefacts set content = content || '\\x00'::bytea")
    with pytest.raises(ModellingError, match="was changed"):
        scoring.score_latest(connection, published[2])
    assert count(connection, "scores") == 0


def test_a_model_that_is_not_registered_does_not_score(connection, published):
    with pytest.raises(ModellingError, match="no model feedfacefeedface"):
        scoring.score_latest(connection, {"complaint": "feedfacefeedface"})
