"""The replay against a database: what is written, that it is the same again, and that it knows nothing too early."""

import datetime as dt
import weakref
from dataclasses import replace
from itertools import pairwise

import numpy as np
import psycopg
import pytest
from sklearn.base import clone
from synthetic_department import DATES

from ml import estimators, fitting, judging, registry, scoring, selection, training, warehouse
from ml.errors import ModellingError
from ml.estimators import log_odds
from ml.settings import Candidate, OutcomePlan, Variation

CAPACITY = 10
PREDICTIONS = "select outcome, as_of_date, officer_id, model_id, score, rank from ml.predictions order by 1, 2, 3, 4"


def count(connection, table):
    return connection.execute(f"select count(*) from ml.{table}").fetchone()[0]


def change(experiment, **changes):
    return experiment.model_copy(update=changes)


def test_every_model_predicts_the_whole_cohort_of_its_date(connection, experiment):
    result = training.run_backtest(connection, experiment, "v1")
    assert not result.is_reused
    replays = connection.execute(
        """
        select
            models.outcome, models.role, models.test_as_of_date,
            count(distinct models.model_id), count(*), count(distinct officer_id)
        from ml.models join ml.predictions using (model_id)
        where predictions.as_of_date = models.test_as_of_date and predictions.outcome = models.outcome
        group by 1, 2, 3 order by 1, 3
        """
    ).fetchall()
    # Three candidates everywhere; two baselines and the variation at test dates.
    assert [(*row[:3], row[3]) for row in replays] == [
        ("complaint", "warm_up", dt.date(2012, 1, 1), 3),
        ("complaint", "test", dt.date(2013, 1, 1), 6),
        ("complaint", "test", dt.date(2014, 1, 1), 6),
        ("sustained", "warm_up", dt.date(2013, 1, 1), 3),
        ("sustained", "test", dt.date(2014, 1, 1), 6),
    ]
    for _, _, date, n_models, n_predictions, n_officers in replays:
        cohort = connection.execute("select count(*) from features.officer_cohort where as_of_date = %s", [date])
        assert n_officers == cohort.fetchone()[0]
        assert n_predictions == n_models * n_officers


def test_what_a_model_learnt_from_was_over_when_it_was_trained(connection, experiment):
    training.run_backtest(connection, experiment, "v1")
    rows = connection.execute(
        "select outcome, test_as_of_date, min(train_start_date), max(train_end_date) from ml.models "
        "where role = 'test' and variation = '' group by 1, 2 order by 1, 2"
    ).fetchall()
    assert rows == [
        ("complaint", dt.date(2013, 1, 1), dt.date(2010, 1, 1), dt.date(2012, 1, 1)),
        ("complaint", dt.date(2014, 1, 1), dt.date(2010, 1, 1), dt.date(2013, 1, 1)),
        ("sustained", dt.date(2014, 1, 1), dt.date(2010, 1, 1), dt.date(2012, 7, 1)),
    ]
    varied = "select test_as_of_date, train_start_date from ml.models where variation = 'last_year' order by 1, 2"
    assert connection.execute(varied).fetchall() == [
        (dt.date(2013, 1, 1), dt.date(2011, 1, 1)),
        (dt.date(2014, 1, 1), dt.date(2012, 1, 1)),
        (dt.date(2014, 1, 1), dt.date(2012, 1, 1)),
    ]


def test_a_model_is_calibrated_on_the_latest_replay_that_was_mature(connection, experiment):
    training.run_backtest(connection, experiment, "v1")
    rows = connection.execute(
        "select distinct outcome, predict_as_of_date, calibrated_on from ml.models "
        "where not is_baseline and variation = '' order by 1, 2"
    ).fetchall()
    assert rows == [
        ("complaint", dt.date(2012, 1, 1), None),
        ("complaint", dt.date(2013, 1, 1), dt.date(2012, 1, 1)),
        ("complaint", dt.date(2014, 1, 1), dt.date(2013, 1, 1)),
        ("sustained", dt.date(2013, 1, 1), None),
        # Findings of 2013 have their lag until the middle of 2014.
        ("sustained", dt.date(2014, 1, 1), None),
    ]


def test_scores_are_calibrated_log_odds_and_candidates_only_have_them(connection, experiment):
    training.run_backtest(connection, experiment, "v1")
    wrong = connection.execute(
        """
        select count(*)
        from ml.models join ml.predictions using (model_id)
        where
            (log_odds is null) <> is_baseline
            or abs(score - 1 / (1 + exp(-(calibration_intercept + calibration_slope * log_odds)))) > 1e-12
        """
    )
    assert wrong.fetchone() == (0,)


def test_a_repetition_is_reused_and_so_is_every_model_that_stays_the_same(connection, experiment):
    first = training.run_backtest(connection, experiment, "v1")
    n = count(connection, "predictions")
    again = training.run_backtest(connection, experiment, "v1")
    assert again == replace(first, is_reused=True, n_trained=0)
    # Another version of the data in which nothing differs: judged anew, and nothing fitted.
    same = training.run_backtest(connection, experiment, "v2")
    assert (same.is_reused, same.n_trained) == (False, 0)
    assert [replace(row, experiment_id="") for row in same.evaluations] == [
        replace(row, experiment_id="") for row in first.evaluations
    ]
    assert count(connection, "predictions") == n


def test_another_candidate_is_the_only_one_that_is_trained(connection, experiment):
    first = training.run_backtest(connection, experiment, "v1")
    added = Candidate(group="stump", estimator="sklearn.tree.DecisionTreeClassifier", params={"max_depth": 1}, why="")
    grid = experiment.grid.model_copy(update={"candidates": [*experiment.grid.candidates, added]})
    second = training.run_backtest(connection, change(experiment, grid=grid), "v1")
    assert second.n_trained == 5
    assert {row.model_group for row in second.evaluations} - {row.model_group for row in first.evaluations} == {"stump"}
    trained = connection.execute(
        "select distinct model_group from ml.models where created_at = (select max(created_at) from ml.models)"
    )
    assert trained.fetchall() == [("stump",)]


def test_a_value_that_changes_trains_anew_what_depends_on_it(connection, experiment):
    first = training.run_backtest(connection, experiment, "v1")
    change_value = (
        "update features.officer_features set force_reports_12m = force_reports_12m + %s "
        "where as_of_date = '2013-01-01' and officer_id = "
        "(select min(officer_id) from features.officer_features where as_of_date = '2013-01-01')"
    )
    connection.execute(change_value, [1])
    try:
        second = training.run_backtest(connection, experiment, "v2")
    finally:
        connection.execute(change_value, [-1])
    anew = connection.execute(
        """
        select distinct outcome, model_group, test_as_of_date
        from ml.models join ml.experiment_models using (model_id)
        where
            experiment_id = %s
            and model_id not in (select model_id from ml.experiment_models where experiment_id = %s)
        order by 1, 2, 3
        """,
        [second.experiment_id, first.experiment_id],
    ).fetchall()
    # The value was asked about on its day, and learnt from for complaints a year later. Boosting leaves the feature
    # out, counts do not count it, and the findings of the day's window had not come in at the test date.
    assert anew == [
        ("complaint", "blend", dt.date(2013, 1, 1)),
        ("complaint", "blend", dt.date(2014, 1, 1)),
        ("complaint", "logistic", dt.date(2013, 1, 1)),
        ("complaint", "logistic", dt.date(2014, 1, 1)),
        ("complaint", "logistic__last_year", dt.date(2013, 1, 1)),
        ("complaint", "logistic__last_year", dt.date(2014, 1, 1)),
        ("sustained", "blend", dt.date(2013, 1, 1)),
        ("sustained", "logistic", dt.date(2013, 1, 1)),
    ]


def test_the_same_inputs_give_the_same_lists_bit_for_bit(connection, experiment):
    training.run_backtest(connection, experiment, "v1", workers=2)
    first = connection.execute(PREDICTIONS).fetchall()
    evaluations = connection.execute("select * from ml.evaluations order by model_id, metric, parameter").fetchall()
    connection.execute("drop schema ml cascade")
    training.run_backtest(connection, experiment, "v1", workers=1)
    assert connection.execute(PREDICTIONS).fetchall() == first
    again = connection.execute("select * from ml.evaluations order by model_id, metric, parameter").fetchall()
    assert again == evaluations


def test_a_run_that_was_broken_off_is_no_experiment_and_goes_on_where_it_was(connection, experiment, monkeypatch):
    write_model, seen = warehouse.write_model, []

    def break_off(connection, model):
        if len(seen) == 5:
            raise KeyboardInterrupt
        seen.append(write_model(connection, model))

    monkeypatch.setattr(warehouse, "write_model", break_off)
    with pytest.raises(KeyboardInterrupt):
        training.run_backtest(connection, experiment, "v1")
    assert [count(connection, table) for table in ("experiments", "experiment_models", "evaluations")] == [0, 0, 0]
    assert count(connection, "models") == 5
    monkeypatch.undo()
    result = training.run_backtest(connection, experiment, "v1")
    assert result.n_trained == count(connection, "models") - 5
    assert count(connection, "experiment_models") == count(connection, "models")


def test_a_blend_is_the_mean_of_its_members_and_is_kept_whole(connection, experiment):
    training.run_backtest(connection, experiment, "v1")
    rows = connection.execute(
        """
        select
            officer_id,
            avg(log_odds) filter (where model_group <> 'blend'),
            max(log_odds) filter (where model_group = 'blend')
        from ml.predictions join ml.models using (model_id, outcome)
        where
            outcome = 'complaint'
            and as_of_date = '2014-01-01'
            and model_group in ('blend', 'logistic', 'gradient_boosting')
        group by 1 order by officer_id collate "C"
        """
    ).fetchall()
    said = np.array([blend for _, _, blend in rows])
    assert said == pytest.approx(np.array([mean for _, mean, _ in rows]))
    (model_id,) = connection.execute(
        "select model_id from ml.models "
        "where model_group = 'blend' and outcome = 'complaint' and test_as_of_date = '2014-01-01'"
    ).fetchone()
    model, content = warehouse.read_model(connection, model_id)
    matrix = warehouse.read_matrix(connection, model.features, [dt.date(2014, 1, 1)])
    restored = estimators.log_odds(registry.restore(content, model.artefact_sha256), matrix.values)
    assert restored == pytest.approx(said, rel=1e-12)


def test_a_blend_that_scores_is_one_final_model(connection, experiment):
    result = training.run_backtest(connection, experiment, "v1")
    training.train_final_models(connection, experiment, result.experiment_id, {"complaint": "blend"})
    final = connection.execute("select model_group, calibrated_on from ml.models where role = 'final'").fetchall()
    assert final == [("blend", dt.date(2014, 1, 1))]


def test_a_variation_that_can_make_no_difference_is_not_trained(connection, experiment):
    variations = [Variation(name="no_lag", changes={"decided_later_lag_months": 0}, why="")]
    grid = experiment.grid.model_copy(update={"variations": variations})
    training.run_backtest(connection, change(experiment, grid=grid), "v1")
    varied = "select outcome, train_end_date from ml.models where variation = 'no_lag'"
    assert connection.execute(varied).fetchall() == [("sustained", dt.date(2013, 1, 1))]


def test_a_blend_added_later_trains_nothing_but_itself(connection, experiment):
    grid = experiment.grid
    without = grid.model_copy(update={"candidates": grid.candidates[:2]})
    training.run_backtest(connection, change(experiment, grid=without), "v1")
    assert training.run_backtest(connection, experiment, "v1").n_trained == 5
    connection.execute("drop schema ml cascade")
    # The same as if it had been there from the start.
    at_once = training.run_backtest(connection, experiment, "v1").evaluations
    connection.execute("drop schema ml cascade")
    training.run_backtest(connection, change(experiment, grid=without), "v1")
    assert training.run_backtest(connection, experiment, "v1").evaluations == at_once


def test_judging_leaves_every_table(connection, experiment):
    training.run_backtest(connection, experiment, "v1")
    for table, kept in (
        ("list_curves", "true"),
        ("evaluation_draws", "true"),
        ("calibration_bins", "(not is_baseline or model_group = 'base_rate')"),
    ):
        found = connection.execute(f"select distinct model_id from ml.{table} order by 1").fetchall()
        wanted = f"select model_id from ml.models where role = 'test' and {kept} order by 1"
        assert found == connection.execute(wanted).fetchall(), table
    draws = connection.execute(
        "select array_length(draws, 1), draws[1] - value "
        "from ml.evaluation_draws join ml.evaluations using (experiment_id, model_id, metric, parameter)"
    ).fetchall()
    assert {n for n, _ in draws} == {21}
    assert max(abs(gap) for _, gap in draws) < 1e-9
    resampled = connection.execute(
        "select distinct model_group, test_as_of_date from ml.training_resamples join ml.models using (model_id)"
    ).fetchall()
    assert sorted(resampled) == [(group, dt.date(2014, 1, 1)) for group in ("blend", "gradient_boosting", "logistic")]
    overlaps = connection.execute(
        "select distinct outcome, model_group, earlier_as_of_date, later_as_of_date "
        "from ml.list_overlaps where model_group = 'blend' order by 1, 3"
    ).fetchall()
    assert overlaps == [
        ("complaint", "blend", dt.date(2012, 1, 1), dt.date(2013, 1, 1)),
        ("complaint", "blend", dt.date(2013, 1, 1), dt.date(2014, 1, 1)),
        ("sustained", "blend", dt.date(2013, 1, 1), dt.date(2014, 1, 1)),
    ]


def test_the_registry_is_append_only(connection, published):
    tables = connection.execute("select tablename from pg_tables where schemaname = 'ml'").fetchall()
    assert {("experiments",), ("models",), ("predictions",), ("evaluations",), ("selections",)} <= set(tables)
    for (table,) in tables:
        (column,) = connection.execute(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum = 1", [f"ml.{table}"]
        ).fetchone()
        for change_it in (
            f"delete from ml.{table}",
            f"truncate ml.{table} cascade",
            f"update ml.{table} set {column} = null",
        ):
            with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
                connection.execute(change_it)


def test_an_earlier_schema_is_told_with_its_remedy(connection, experiment):
    connection.execute("create schema ml; create table ml.models (model_id text primary key)")
    with pytest.raises(ModellingError, match="earlier version"):
        warehouse.ensure_registry(connection)


def test_what_the_department_cannot_have_is_left_out_by_name(connection, experiment):
    result = training.run_backtest(connection, experiment, "v1")
    assert result.left_out == {
        "sustained_5y": "this department has no feature complaints_sustained_60m",
        "logistic__two_years": "this department has no labels with a horizon of 24 months",
    }
    assert not result.left_out.keys() & {row.model_group for row in result.evaluations}


def test_progress_is_told_to_the_end(connection, experiment):
    told = []
    training.run_backtest(connection, experiment, "v1", report=lambda *step: told.append(step))
    n = count(connection, "models")
    assert [done for what, done, _ in told if not what.startswith(("reading", "judging"))] == list(range(1, n + 1))
    assert told[-1] == ("judging models", n, n)


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
def recipes(connection, experiment):
    return {recipe.group: recipe for recipe in training.cook_all(connection, experiment)[0]}


@pytest.fixture
def study(connection, experiment, recipes):
    return training.read_study(connection, experiment, list(recipes.values()))


def replay(study, plan, recipe, date):
    """What the model of a date says, without calibration."""
    return fitting.fit(study, fitting.define_job(study, plan, recipe, "test", date, None)).said


def with_labels(study, plan, labels):
    return replace(study, labels=study.labels | {(plan.name, study.experiment.horizon_months): labels})


@pytest.mark.parametrize("group", ["logistic", "gradient_boosting", "logistic__last_year"])
@pytest.mark.parametrize("outcome", [0, 1])
def test_nothing_that_becomes_known_later_changes_a_prediction(study, experiment, recipes, group, outcome):
    """Whatever is found out from the test date on, the model of that date says the same."""
    plan = experiment.outcomes[outcome]
    date, labels = plan.test_dates[0], study.labels_of(plan)
    is_later = labels.known_on >= np.datetime64(date)
    assert is_later.any()
    rng = np.random.default_rng(0)
    other = replace(labels, is_positive=np.where(is_later, rng.random(len(is_later)) < 0.5, labels.is_positive))
    before = replay(study, plan, recipes[group], date)
    assert (before == replay(with_labels(study, plan, other), plan, recipes[group], date)).all()


def test_nothing_that_becomes_known_later_changes_a_calibration(study, experiment, recipes):
    plan = experiment.outcomes[0]
    labels, date = study.labels_of(plan), plan.test_dates[1]
    is_later = labels.known_on >= np.datetime64(date)
    other = replace(labels, is_positive=labels.is_positive ^ is_later)
    for truth in (study, with_labels(study, plan, other)):
        jobs = training.plan_outcome(truth, plan, [recipes["logistic"]])
        assert jobs[-1].calibrator.date == plan.test_dates[0]
        assert jobs[-1].model_id == training.plan_outcome(study, plan, [recipes["logistic"]])[-1].model_id
    known = replace(labels, is_positive=labels.is_positive ^ ~is_later)
    changed = training.plan_outcome(with_labels(study, plan, known), plan, [recipes["logistic"]])
    assert changed[-1].model_id != training.plan_outcome(study, plan, [recipes["logistic"]])[-1].model_id


@pytest.fixture
def replayed(study, experiment, recipes):
    """The replays of two candidates for the first outcome, and what they said."""
    plan = experiment.outcomes[0]
    jobs = training.plan_outcome(study, plan, [recipes["logistic"], recipes["gradient_boosting"]])
    said = {job.model_id: fitting.fit(study, job).said for job in jobs}
    officers = {job.model_id: study.matrix.officers[study.matrix.find_rows([job.date])] for job in jobs}
    return jobs, {name: registry.Predictions(officers[name], own, own, own) for name, own in said.items()}


def find_evidence(study, jobs, predictions):
    today = study.as_of_dates[-1]
    return judging.judge(study, jobs, predictions, "e", today, workers=1).evidence


def test_selection_sees_what_was_mature_and_nothing_that_became_known_later(study, experiment, replayed):
    plan, labels = experiment.outcomes[0], study.labels_of(experiment.outcomes[0])
    evidence = find_evidence(study, *replayed)
    seen = {(row.decided_on, row.replay_as_of_date) for row in evidence}
    first, second = plan.test_dates
    assert {pair for pair in seen if pair[0] in plan.test_dates} == {
        (first, dt.date(2012, 1, 1)),
        (second, dt.date(2012, 1, 1)),
        (second, first),
    }
    for date in plan.test_dates:
        is_later = labels.known_on >= np.datetime64(date)
        other = replace(labels, is_positive=labels.is_positive ^ is_later)
        again = find_evidence(with_labels(study, plan, other), *replayed)
        assert [row for row in again if row.decided_on == date] == [row for row in evidence if row.decided_on == date]
        assert again != evidence


def test_a_model_that_is_kept_is_fitted_once_and_outcomes_share_what_is_prepared(study, experiment, recipes):
    kept = replace(
        recipes["logistic"], replay=recipes["logistic"].replay.model_copy(update={"retrain_every_months": 24})
    )
    plan, other = experiment.outcomes
    first, second = (fitting.define_job(study, plan, kept, "test", date, None) for date in plan.test_dates)
    assert first.model_id != second.model_id
    assert fitting.fit(study, first).estimator is fitting.fit(study, second).estimator
    lessons = [fitting.find_lesson(study, one, kept, one.test_dates[0]) for one in (plan, other)]
    rows = replace(lessons[1], rows=lessons[0].rows)
    prepared = [fitting.prepare(study, lesson, kept.estimator)[1] for lesson in (lessons[0], rows, lessons[1])]
    assert prepared[0] is prepared[1]
    assert prepared[0] is not prepared[2]


@pytest.mark.parametrize("group", ["logistic", "gradient_boosting"])
def test_what_is_shared_is_what_the_whole_pipeline_learns(study, experiment, recipes, group):
    plan, recipe = experiment.outcomes[0], recipes[group]
    date = plan.test_dates[0]
    lesson = fitting.find_lesson(study, plan, recipe, date)
    alone = clone(recipe.estimator).fit(study.matrix.take(lesson.rows, lesson.features), lesson.is_positive)
    asked = study.matrix.take(study.matrix.find_rows([date]), lesson.features)
    assert replay(study, plan, recipe, date) == pytest.approx(log_odds(alone, asked), abs=1e-12)


def test_a_refit_learns_from_drawn_officers_as_if_they_stood_there_as_often(study, experiment, recipes):
    plan, recipe = experiment.outcomes[0], recipes["logistic"]
    lesson = fitting.find_lesson(study, plan, recipe, plan.test_dates[0])
    _, X = fitting.prepare(study, lesson, recipe.estimator)
    times = fitting.draw_officers(study, lesson, X, 0)
    rows = np.repeat(np.arange(len(times)), times)
    written_out = clone(recipe.estimator[-1]).fit(X[rows], lesson.is_positive[rows])
    everybody = study.matrix.take(lesson.rows, lesson.features)
    refit, model = (
        log_odds(one, everybody)
        for one in (fitting.refit(study, lesson, recipe.estimator, 0), fitting.learn(study, lesson, recipe.estimator))
    )
    assert refit == pytest.approx(written_out.decision_function(X), abs=1e-3)
    assert np.abs(refit - model).max() > 0.01


def test_labels_that_are_known_do_change_predictions(study, experiment, recipes):
    """The test above can fail."""
    plan, labels = experiment.outcomes[0], study.labels_of(experiment.outcomes[0])
    other = replace(
        labels, is_positive=~labels.is_positive, known_on=np.minimum(labels.known_on, np.datetime64("2010-01-02"))
    )
    before = replay(study, plan, recipes["logistic"], plan.test_dates[0])
    assert (before != replay(with_labels(study, plan, other), plan, recipes["logistic"], plan.test_dates[0])).any()


def test_an_outcome_that_nobody_had_is_named(study, experiment, recipes):
    plan, labels = experiment.outcomes[0], study.labels_of(experiment.outcomes[0])
    nobody = replace(labels, is_positive=np.zeros_like(labels.is_positive))
    with pytest.raises(ModellingError, match="0 were known to have it"):
        replay(with_labels(study, plan, nobody), plan, recipes["logistic"], plan.test_dates[0])


def test_officers_with_an_open_case_can_be_left_out(study, experiment, recipes):
    plan = experiment.outcomes[1]
    date = plan.test_dates[0]
    left_out = replace(
        recipes["logistic"], replay=recipes["logistic"].replay.model_copy(update={"undecided": "left_out"})
    )
    everybody = fitting.find_lesson(study, plan, recipes["logistic"], date)
    decided = fitting.find_lesson(study, plan, left_out, date)
    gone = np.setdiff1d(everybody.rows, decided.rows)
    labels = study.labels_of(plan)
    assert len(gone) > 0
    assert (labels.last_decided_on[gone] >= np.datetime64(date)).all()
    assert decided.is_positive.sum() == everybody.is_positive.sum()
    assert not ((labels.last_decided_on[decided.rows] >= np.datetime64(date)) & ~decided.is_positive).any()


def test_a_fit_is_let_go_when_no_model_needs_it_any_more(connection, experiment, monkeypatch):
    """With their refits, hundreds of forests would not fit into memory."""
    fits, n_kept = [], []

    def watch(study, job):
        done = fitting.fit(study, job)
        fits.append(weakref.ref(done))
        return done

    def look(*_):
        n_kept.append(sum(fit() is not None for fit in fits))

    monkeypatch.setattr(training, "fit", watch)
    monkeypatch.setattr(training, "AHEAD", 0)
    result = training.run_backtest(connection, experiment, "v1", look, workers=1)
    # The one at hand, two that a blend is still to be made of, and one that is under way.
    assert result.n_trained > 20
    assert max(n_kept) <= 4


@pytest.fixture
def published(connection, experiment):
    result = training.run_backtest(connection, experiment, "v1")
    selections = selection.select(connection, experiment, result.experiment_id)
    groups = {outcome: chosen.model_group for outcome, chosen in selections.items()}
    return result, selections, training.train_final_models(connection, experiment, result.experiment_id, groups)


def test_the_selected_model_scores_the_latest_cohort(connection, published):
    _, selections, model_ids = published
    done = scoring.score_month(connection, list(selections), DATES[-1], CAPACITY)
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
    scoring.score_month(connection, list(model_ids), DATES[-1], CAPACITY)
    counts = [count(connection, table) for table in ("models", "selections", "scores")]
    assert selection.select(connection, experiment, result.experiment_id) == selections
    groups = {outcome: chosen.model_group for outcome, chosen in selections.items()}
    assert training.train_final_models(connection, experiment, result.experiment_id, groups) == model_ids
    assert all(done.is_reused for done in scoring.score_month(connection, list(model_ids), DATES[-1], CAPACITY))
    assert counts == [count(connection, table) for table in ("models", "selections", "scores")]


def test_going_back_to_an_earlier_experiment_is_a_new_decision(connection, experiment, published):
    other = training.run_backtest(connection, experiment, "v2")
    selection.select(connection, experiment, other.experiment_id)
    assert warehouse.find_selected_group(connection, "complaint")[0] == other.experiment_id
    selection.select(connection, experiment, published[0].experiment_id)
    assert warehouse.find_selected_group(connection, "complaint")[0] == published[0].experiment_id


def test_nothing_is_trained_by_a_decision_about_other_data(connection, published):
    """A delivery changes the data: the groups that stand were chosen without it."""
    result, selections, _ = published
    groups = {outcome: chosen.model_group for outcome, chosen in selections.items()}
    assert warehouse.list_selected_groups(connection, result.experiment_id, list(groups)) == groups
    with pytest.raises(ModellingError, match=r"of complaint, sustained was selected with these data.*job `backtest`"):
        warehouse.list_selected_groups(connection, "of a later delivery", list(groups))
    with pytest.raises(ModellingError, match="group of new was selected"):
        warehouse.list_selected_groups(connection, result.experiment_id, [*groups, "new"])


def test_nothing_is_selected_before_it_was_replayed(connection, experiment, published):
    decided = count(connection, "selections")
    with pytest.raises(ModellingError, match=r"no candidate was replayed yet.*job `backtest`"):
        selection.select(connection, experiment, "of a later delivery")
    assert count(connection, "selections") == decided


def test_an_outcome_of_which_every_candidate_is_refused_is_not_trained(connection, experiment, published):
    unfair = {"complaint": {candidate.group: ["it is unfair"] for candidate in experiment.grid.candidates}}
    experiment_id = published[0].experiment_id
    chosen = selection.select(connection, experiment, experiment_id, unfair)
    groups = warehouse.list_selected_groups(connection, experiment_id, list(chosen))
    assert groups == {"sustained": chosen["sustained"].model_group}


def test_an_artefact_that_was_changed_does_not_score(connection, published):
    connection.execute("alter table ml.artefacts disable trigger append_only")
    connection.execute("update ml.artefacts set content = content || '\\x00'::bytea")
    with pytest.raises(ModellingError, match="was changed"):
        scoring.score_month(connection, list(published[2]), DATES[-1], CAPACITY)
    assert count(connection, "scores") == 0


def test_a_model_that_is_not_registered_does_not_score(connection, published):
    with pytest.raises(ModellingError, match="no model feedfacefeedface"):
        scoring.score_cohort(connection, "feedfacefeedface", DATES[-1], dt.datetime.now(dt.UTC), CAPACITY)


def test_a_rescoring_never_changes_the_model(connection, published):
    def look():
        return connection.execute("select * from ml.models natural join ml.artefacts order by model_id").fetchall()

    models = look()
    [before] = scoring.score_month(connection, ["complaint"], DATES[-1], CAPACITY)
    connection.execute(
        "update features.officer_features set complaints_reported_12m = coalesce(complaints_reported_12m, 0) + 1"
    )
    [after] = scoring.score_month(connection, ["complaint"], DATES[-1], CAPACITY)
    assert not after.is_reused, "corrected features are scored again"
    assert before.model_id == after.model_id == published[2]["complaint"]
    assert look() == models


def test_no_model_scores_a_month_before_it_was_trained(connection, published):
    with pytest.raises(ModellingError, match=f"knew only what was knowable at {DATES[-2]}"):
        scoring.score_month(connection, ["complaint"], DATES[-2], CAPACITY)


def test_the_model_in_force_is_that_of_the_latest_selection(connection, experiment, published):
    """Deliveries A, B, and A again: B's model was trained last, A's was chosen last."""
    other = training.run_backtest(connection, experiment, "v2")
    groups = {o: c.model_group for o, c in selection.select(connection, experiment, other.experiment_id).items()}
    later = training.train_final_models(connection, experiment, other.experiment_id, groups)
    assert scoring.find_model_in_force(connection, "complaint", DATES[-1]) == later["complaint"]
    selection.select(connection, experiment, published[0].experiment_id)
    assert scoring.find_model_in_force(connection, "complaint", DATES[-1]) == published[2]["complaint"]
