"""The selection rule: what it chooses, what it may see, what it refuses."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.registry import EvidenceRow, ListOverlapRow
from ml.selection import choose, walk_forward

NOW = dt.date(2015, 7, 1)
GROUPS = ("logistic", "gradient_boosting", "blend")
N_DRAWS = 40


def evidence(metric, parameter, values, noise=0.0, decided_on=NOW, outcome="complaint"):
    """Evidence of groups: one value a replay date from 2011, with noise around it in each draw."""
    rows = []
    for place, (group, series) in enumerate(values.items()):
        for i, value in enumerate(series):
            rng = np.random.default_rng([place, i])
            draws = [value, *(value + noise * rng.normal(size=N_DRAWS)).tolist()]
            rows.append(EvidenceRow("e", outcome, decided_on, group, dt.date(2011 + i, 1, 1), metric, parameter, draws))
    return rows


def both(precision, auc, noise=0.0, **where):
    return evidence("precision", "5%", precision, noise, **where) + evidence("auc", "", auc, noise, **where)


def overlap(group, value, later=dt.date(2013, 1, 1), parameter="10", rank_correlation=0.9):
    earlier = later.replace(year=later.year - 1)
    return ListOverlapRow("e", "complaint", group, earlier, later, parameter, 100, value, rank_correlation)


def pick(experiment, rows, overlaps=(), unfair=()):
    return choose(rows, overlaps, experiment, NOW, dict(unfair))


def test_the_simpler_candidate_is_chosen_when_noise_hides_the_difference(experiment):
    rows = both(
        {"logistic": [0.39, 0.40], "gradient_boosting": [0.40, 0.40], "blend": [0.40, 0.41]},
        {"logistic": [0.70, 0.74], "gradient_boosting": [0.71, 0.74], "blend": [0.71, 0.74]},
        noise=0.03,
    )
    chosen = pick(experiment, rows)
    assert chosen.model_group == "logistic"
    assert "simplest" in chosen.verdict


def test_a_sure_lead_is_worth_the_complexity(experiment):
    rows = both(
        {"logistic": [0.30, 0.40], "gradient_boosting": [0.35, 0.45], "blend": [0.349, 0.45]},
        {"logistic": [0.70, 0.71], "gradient_boosting": [0.75, 0.76], "blend": [0.75, 0.76]},
        noise=0.002,
    )
    chosen = pick(experiment, rows)
    assert chosen.model_group == "gradient_boosting"
    assert "logistic is 0.050 behind on precision 5%" in chosen.verdict


def test_when_metrics_disagree_the_least_relative_regret_decides(experiment):
    rows = both(
        {"logistic": [0.40, 0.41], "gradient_boosting": [0.30, 0.31], "blend": [0.3, 0.3]},
        {"logistic": [0.70, 0.71], "gradient_boosting": [0.71, 0.72], "blend": [0.7, 0.7]},
    )
    chosen = pick(experiment, rows)
    assert chosen.model_group == "logistic"
    assert "least relative regret" in chosen.verdict


def test_the_standard_error_is_that_of_the_difference_between_the_same_officers(experiment):
    rows = evidence("auc", "", {key: [0.7, 0.7] for key in GROUPS}, noise=0.02)
    standing = next(s for s in pick(experiment, rows).considered if s.model_group == "blend")
    draws = {g: np.mean([r.draws[1:] for r in rows if r.model_group == g], axis=0) for g in GROUPS}
    assert standing.standard_error == pytest.approx(np.std(draws["logistic"] - draws["blend"]))


def test_equals_are_decided_for_the_simpler(experiment):
    equal = {key: [0.4, 0.5] for key in GROUPS}
    assert pick(experiment, both(equal, equal)).model_group == "logistic"


def test_before_anything_is_mature_it_is_the_reference(experiment):
    chosen = pick(experiment, [])
    assert (chosen.model_group, chosen.considered) == ("logistic", [])
    assert "nothing was mature yet" in chosen.verdict


def test_dates_that_not_every_candidate_has_are_not_compared(experiment):
    rows = evidence("auc", "", {"logistic": [0.7], "gradient_boosting": [0.6, 0.99], "blend": [0.6, 0.99]})
    chosen = pick(experiment, rows)
    assert chosen.model_group == "logistic"
    assert {standing.n_dates for standing in chosen.considered} == {1}


def test_a_candidate_whose_list_does_not_hold_is_refused_with_its_reason(experiment):
    best = {"logistic": [0.4], "gradient_boosting": [0.5], "blend": [0.4]}
    lists = [overlap("logistic", 0.5), overlap("gradient_boosting", 0.04), overlap("blend", 0.4)]
    chosen = pick(experiment, both(best, best), lists)
    assert chosen.model_group == "logistic"
    assert list(chosen.refused) == ["gradient_boosting"]
    assert "gradient_boosting is refused: its list overlaps by 0.04" in chosen.verdict
    # Lists of another size than the department's do not count.
    others = [replace(row, parameter="5%") for row in lists]
    assert pick(experiment, both(best, best), others).model_group == "gradient_boosting"


def test_a_candidate_that_tells_nobody_apart_is_refused_and_sets_no_bar(experiment):
    flat, ranking = {"logistic": [0.5], "gradient_boosting": [0.5]}, {"blend": [0.5]}
    lists = [overlap(group, 1.0, rank_correlation=0.0) for group in flat] + [overlap("blend", 0.4)]
    chosen = pick(experiment, both(flat | ranking, flat | ranking), lists)
    assert chosen.model_group == "blend"
    assert chosen.refused == {group: ["it tells nobody apart from one date to the next"] for group in flat}


def test_where_everybody_has_the_same_score_nothing_of_a_list_was_kept(experiment):
    equal = {"logistic": [0.5], "blend": [0.5]}
    rarely_ranking = [overlap("blend", 1.0, rank_correlation=value) for value in (0.9, *[0.0] * 19)]
    chosen = pick(experiment, both(equal, equal), [overlap("logistic", 1.0), *rarely_ranking])
    assert chosen.refused == {"blend": ["its list overlaps by 0.05 from date to date, 0.10 is needed"]}


def test_a_candidate_over_the_fairness_bound_is_refused_with_its_reason(experiment):
    best = {"logistic": [0.4], "gradient_boosting": [0.5], "blend": [0.6]}
    chosen = pick(experiment, both(best, best), unfair={"blend": ["recall is .5 of the reference group's"]})
    assert chosen.model_group == "gradient_boosting"
    assert "blend is refused: recall is .5" in chosen.verdict


def test_if_all_are_refused_nobody_is_chosen(experiment):
    equal = {key: [0.4] for key in GROUPS}
    chosen = pick(experiment, both(equal, equal), unfair={group: ["no"] for group in GROUPS})
    assert chosen.model_group is None
    assert chosen.verdict.startswith("Every candidate is refused.")


class TestWalkForward:
    """At each date the rule sees that date's evidence and nothing else."""

    def walk(self, experiment, rows, overlaps=()):
        return walk_forward(rows, overlaps, experiment, experiment.outcomes[0], NOW)

    def test_each_date_has_its_own_choice(self, experiment):
        first, second = experiment.outcomes[0].test_dates
        leaders = {first: "gradient_boosting", second: "logistic", NOW: "blend"}
        rows = []
        for date, leader in leaders.items():
            values = {group: [0.5 if group == leader else 0.4] for group in GROUPS}
            rows += both(values, values, decided_on=date)
        selection = self.walk(experiment, rows)
        assert {step.decided_on: step.model_group for step in selection.steps} == {
            first: "gradient_boosting",
            second: "logistic",
        }
        assert selection.model_group == "blend"

    @settings(max_examples=25, deadline=None)
    @given(value=st.floats(0, 1), group=st.sampled_from(GROUPS))
    def test_what_is_learnt_later_changes_no_earlier_choice(self, experiment, value, group):
        first, second = experiment.outcomes[0].test_dates
        values = {"logistic": [0.5], "gradient_boosting": [0.51], "blend": [0.49]}
        early = both(values, values, noise=0.02, decided_on=first)
        later = both({g: [value if g == group else 0.1] for g in GROUPS}, values, decided_on=second)
        lists = [overlap(g, 0.5, later=first) for g in GROUPS]
        moved = [overlap(group, 0.0, later=dt.date(2014, 1, 1))]
        before = self.walk(experiment, early, lists).steps[0]
        assert self.walk(experiment, early + later, [*lists, *moved]).steps[0] == before

    def test_other_outcomes_are_not_looked_at(self, experiment):
        equal = {key: [0.4, 0.5] for key in GROUPS}
        others = {"logistic": [0.1], "gradient_boosting": [0.9], "blend": [0.9]}
        rows = both(equal, equal) + both(others, others, outcome="sustained")
        assert self.walk(experiment, rows).model_group == "logistic"
