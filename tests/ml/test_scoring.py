"""One scoring against a database: what is written beside the scores, and that it agrees with them."""

import numpy as np
import pytest
from synthetic_department import DATES

from ml import scoring, selection, training, warehouse
from ml.calibration import to_log_odds
from ml.errors import ModellingError

CAPACITY = 10
TABLES = ("scores", "explanations", "reasons", "alternatives", "reason_stability", "rank_intervals", "list_certainty")


@pytest.fixture(scope="module")
def model_ids(inputs, experiment):
    """Final models, linear for both outcomes."""
    inputs.execute("drop schema if exists ml cascade")
    linear = experiment.grid.model_copy(update={"candidates": experiment.grid.candidates[:1], "variations": []})
    planned = experiment.model_copy(update={"grid": linear})
    result = training.run_backtest(inputs, planned, "v1")
    selections = selection.select(inputs, planned, result.experiment_id)
    groups = {outcome: chosen.model_group for outcome, chosen in selections.items()}
    return training.train_final_models(inputs, planned, result.experiment_id, groups)


@pytest.fixture(scope="module")
def scored(inputs, model_ids):
    score(inputs)
    return inputs


def score(connection, capacity=CAPACITY):
    return scoring.score_month(connection, ["complaint", "sustained"], DATES[-1], capacity)


def count(connection, table):
    return connection.execute(f"select count(*) from ml.{table}").fetchone()[0]


def test_parts_sum_to_every_score(scored):
    rows = scored.execute(
        """
        select score, base_log_odds, log_odds_own, log_odds_context, contributions, family_contributions
        from ml.scores inner join ml.explanations using (as_of_date, outcome, scored_at, officer_id)
        """
    ).fetchall()
    assert len(rows) == count(scored, "scores") > 200
    for score, base, own, context, of_features, of_families in rows:
        log_odds = float(to_log_odds(np.array(score)))
        for parts in (own + context, sum(of_features), sum(of_families)):
            assert base + parts == pytest.approx(log_odds, abs=1e-6)


def test_reasons_carry_the_values_of_the_table_of_features(scored):
    rows = scored.execute(
        """
        select feature_value, (to_jsonb(features) ->> feature_name)::real
        from ml.reasons inner join features.officer_features as features using (officer_id, as_of_date)
        """
    ).fetchall()
    assert len(rows) == count(scored, "reasons")
    assert all(told == pytest.approx(kept) for told, kept in rows)


def test_at_the_typical_assignment_only_context_differs(scored):
    """Force is context in the synthetic department: who has its middle value keeps the score, others do not."""
    rows = scored.execute(
        """
        select force_reports_12m, score, score_at_typical_assignment
        from ml.scores
        inner join ml.explanations using (as_of_date, outcome, scored_at, officer_id)
        inner join features.officer_features using (officer_id, as_of_date)
        where outcome = 'sustained'
        """
    ).fetchall()
    force, scores, at_typical = np.array(rows, dtype=float).T
    is_typical = force == np.quantile(force, 0.5, method="inverted_cdf")
    assert scores[is_typical] == pytest.approx(at_typical[is_typical], abs=1e-12)
    assert (np.abs(scores - at_typical)[~is_typical] > 1e-6).all()


def test_officers_on_the_list_have_an_alternative_for_each_family_and_each_reason(scored):
    listed = scored.execute(f"select outcome, officer_id from ml.scores where rank <= {CAPACITY}").fetchall()
    of_families = scored.execute("select distinct outcome, officer_id from ml.alternatives where kind = 'family'")
    assert sorted(of_families) == sorted(listed)
    missing = scored.execute(
        f"""
        select from ml.reasons
        inner join ml.scores using (as_of_date, outcome, scored_at, officer_id)
        left join ml.alternatives as imagined using (as_of_date, outcome, scored_at, officer_id)
        where scores.rank <= {CAPACITY}
        group by as_of_date, outcome, scored_at, officer_id, measure
        having count(*) filter (where kind = 'measure' and name = measure) = 0
        """
    ).fetchall()
    assert missing == []


def test_lists_say_how_sure_they_are(scored):
    rows = scored.execute(
        "select capacity, n_clear + n_likely + n_tie, n_refits, is_told from ml.list_certainty order by outcome"
    ).fetchall()
    assert [row[:3] for row in rows] == [(CAPACITY, CAPACITY, 4)] * 2
    words = scored.execute(
        "select distinct is_told, certainty = 'cannot tell' "
        "from ml.list_certainty inner join ml.rank_intervals using (outcome)"
    )
    assert all(is_told != is_untold for is_told, is_untold in words)


def test_the_track_record_allows_for_officers_who_stand_on_several_lists(scored):
    """Its interval draws officers with all their test dates, as the replays' own do."""
    draws = scored.execute(
        "select draws from ml.evaluation_draws inner join ml.models using (model_id)"
        " where outcome = 'complaint' and model_group = 'logistic' and metric = 'precision' and parameter = %s",
        [str(CAPACITY)],
    ).fetchall()
    means = np.mean([values for (values,) in draws], axis=0)
    record = warehouse.read_track_record(scored, "complaint", "logistic", CAPACITY)
    assert record.precision == pytest.approx(means[0])
    assert record.precision_low == pytest.approx(np.quantile(means[1:], 0.025))
    assert (record.n_places, len(draws)) == (20, 2)
    assert record.precision_low < record.precision
    assert 0 < record.base_rate < 1
    assert warehouse.read_track_record(scored, "complaint", "logistic", CAPACITY + 1) is None


def test_stability_is_measured_against_the_date_before(scored):
    rows = scored.execute("select previous_as_of_date, n_officers, n_kept <= n_reasons from ml.reason_stability")
    assert all(date == DATES[-2] and 0 < officers <= CAPACITY and is_part for date, officers, is_part in rows)


def test_scoring_again_adds_nothing_and_never_fits(scored, model_ids, monkeypatch):
    def refuse(*_):
        raise AssertionError("fitted while scoring")

    monkeypatch.setattr("sklearn.linear_model.LogisticRegression.fit", refuse)
    monkeypatch.setattr("sklearn.ensemble.HistGradientBoostingClassifier.fit", refuse)
    counts = [count(scored, table) for table in TABLES]
    assert all(done.is_reused for done in score(scored))
    assert counts == [count(scored, table) for table in TABLES]


ADD_COMPLAINTS = """
    update features.officer_features
    set
        complaints_reported_60m = complaints_reported_60m + %(more)s,
        complaints_reported_24m = complaints_reported_24m + %(more)s
    where as_of_date = %(date)s
        and officer_id = (select min(officer_id) from features.officer_cohort where as_of_date = %(date)s)
"""


@pytest.mark.parametrize("change", ["capacity", "a corrected fact", "code"])
def test_what_changed_is_scored_again(scored, model_ids, change, monkeypatch):
    score(scored)
    if change == "code":
        monkeypatch.setattr("ml.warehouse.explanations.hash_code", lambda: "other")
    if change == "a corrected fact":
        scored.execute(ADD_COMPLAINTS, {"more": 9, "date": DATES[-1]})
    done = score(scored, CAPACITY + (change == "capacity"))
    if change == "a corrected fact":
        scored.execute(ADD_COMPLAINTS, {"more": -9, "date": DATES[-1]})
    assert not any(one.is_reused for one in done)


def test_a_scoring_that_fails_leaves_nothing(scored, model_ids, monkeypatch):
    counts = [count(scored, table) for table in TABLES]

    def break_off(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(scoring, "compare_reasons", break_off)
    with pytest.raises(KeyboardInterrupt):
        score(scored, CAPACITY + 2)
    assert counts == [count(scored, table) for table in TABLES]


def test_a_feature_that_left_the_catalogue_is_named(scored, model_ids):
    scored.execute("update features.feature_catalog set feature_name = 'x' where feature_name = 'career_tenure_years'")
    with pytest.raises(ModellingError, match="career_tenure_years"):
        score(scored, CAPACITY + 3)
    scored.execute("update features.feature_catalog set feature_name = 'career_tenure_years' where feature_name = 'x'")
