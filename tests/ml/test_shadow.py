"""Challengers: who they are, that they are trained beside the champion and change nothing of it, and their scores."""

import pytest
from synthetic_department import DATES

from ml import scoring, selection, training, warehouse
from ml.shadow import score_in_shadow

CAPACITY = 10


@pytest.fixture(scope="module")
def champions(inputs, experiment):
    """A selected and trained champion of each outcome, and the challenger that came next."""
    inputs.execute("drop schema if exists ml cascade")
    result = training.run_backtest(inputs, experiment, "v1")
    selections = selection.select(inputs, experiment, result.experiment_id)
    groups = {outcome: chosen.model_group for outcome, chosen in selections.items()}
    runners_up = warehouse.list_runners_up(inputs, result.experiment_id)
    model_ids = training.train_final_models(inputs, experiment, result.experiment_id, groups)
    n_before = count(inputs, "models")
    challengers = {outcome: runners_up[outcome][:1] for outcome in groups}
    again = training.train_final_models(inputs, experiment, result.experiment_id, groups, challengers=challengers)
    assert again == model_ids
    assert count(inputs, "models") == n_before + len(groups)
    return result.experiment_id, groups, challengers, model_ids


def count(connection, table):
    return connection.execute(f"select count(*) from ml.{table}").fetchone()[0]


def test_runners_up_are_the_other_candidates_by_relative_regret(inputs, experiment, champions):
    _, groups, _, _ = champions
    runners_up = warehouse.list_runners_up(inputs, champions[0])
    candidates = {candidate.group for candidate in experiment.grid.candidates}
    for outcome, chosen in groups.items():
        considered = inputs.execute(
            "select considered -> 'standings', refused from ml.selections where outcome = %s", [outcome]
        ).fetchone()
        regret = dict.fromkeys(candidates - {chosen} - set(considered[1]), 0.0)
        for standing in considered[0]:
            if standing["model_group"] in regret:
                regret[standing["model_group"]] += standing["mean_regret"] / standing["mean"]
        assert runners_up[outcome] == sorted(regret, key=lambda group: (regret[group], group))


def test_a_challenger_is_a_final_model_that_no_selection_takes_for_the_champion(inputs, champions):
    experiment_id, groups, challengers, model_ids = champions
    kept = inputs.execute(
        "select challengers.outcome, challengers.model_group, role, artefact_sha256 is not null,"
        " (select count(*) from ml.refits where refits.model_id = models.model_id)"
        " from ml.challengers inner join ml.models using (model_id)"
    ).fetchall()
    assert sorted(kept) == sorted((outcome, group, "final", True, 0) for outcome, [group] in challengers.items())
    for outcome in groups:
        assert scoring.find_model_in_force(inputs, outcome, DATES[-1]) == model_ids[outcome]
    assert {group for _, group, _ in warehouse.find_final_models(inputs, experiment_id)} == set(groups.values())


def test_training_again_trains_nothing(inputs, experiment, champions):
    experiment_id, groups, challengers, _ = champions
    n = count(inputs, "models"), count(inputs, "challengers")
    training.train_final_models(inputs, experiment, experiment_id, groups, challengers=challengers)
    assert (count(inputs, "models"), count(inputs, "challengers")) == n


def test_a_shadow_scoring_ranks_the_cohort_is_kept_once_and_publishes_nothing(inputs, champions):
    _, _, challengers, _ = champions
    told = score_in_shadow(inputs, DATES[-1])
    assert set(told) == {f"{outcome} {group}" for outcome, [group] in challengers.items()}
    last = "select count(*) from features.officer_cohort where as_of_date = %s"
    [cohort] = inputs.execute(last, [DATES[-1]]).fetchone()
    for model_id in told.values():
        ranks = inputs.execute(
            "select rank, score from ml.shadow_scores where model_id = %s order by rank", [model_id]
        ).fetchall()
        assert [rank for rank, _ in ranks] == list(range(1, cohort + 1))
        assert [score for _, score in ranks] == sorted((score for _, score in ranks), reverse=True)
        assert all(0 <= score <= 1 for _, score in ranks)
    kept = count(inputs, "shadow_scores")
    assert score_in_shadow(inputs, DATES[-1]) == told
    assert count(inputs, "shadow_scores") == kept
    assert count(inputs, "scores") == 0


def test_no_challenger_scores_a_month_before_it_was_trained(inputs, champions):
    assert score_in_shadow(inputs, DATES[-2]) == {}


def test_a_challenger_that_became_the_champion_is_none_any_more(inputs, champions):
    _, _, challengers, _ = champions
    [group] = challengers["complaint"]
    with inputs.transaction(force_rollback=True):
        inputs.execute(
            "insert into ml.selections select experiment_id, outcome, %s, clock_timestamp(), 'other', decided_on, rule,"
            " considered, refused, verdict from ml.selections where outcome = 'complaint'",
            [group],
        )
        assert set(warehouse.find_challengers_in_force(inputs, DATES[-1])) == {
            (outcome, other) for outcome, [other] in challengers.items() if outcome != "complaint"
        }


def test_going_back_to_an_earlier_experiment_brings_its_challengers_back(inputs, experiment, champions):
    """Deliveries A, B, and A again: B's challengers were named last, A's experiment was decided on last."""
    experiment_id, groups, challengers, _ = champions
    others = warehouse.list_runners_up(inputs, experiment_id)["complaint"][1:2]
    before = warehouse.find_challengers_in_force(inputs, DATES[-1])
    later = training.run_backtest(inputs, experiment, "v2").experiment_id
    selection.select(inputs, experiment, later)
    assert warehouse.find_challengers_in_force(inputs, DATES[-1]) == before, "none of the new ones is trained yet"
    training.train_final_models(inputs, experiment, later, groups, challengers={"complaint": others})
    named = warehouse.find_challengers_in_force(inputs, DATES[-1])
    assert [group for outcome, group in named if outcome == "complaint"] == others
    selection.select(inputs, experiment, experiment_id)
    training.train_final_models(inputs, experiment, experiment_id, groups, challengers=challengers)
    assert warehouse.find_challengers_in_force(inputs, DATES[-1]) == before
