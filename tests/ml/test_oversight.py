"""Audits and lists from stored tables: whole, appended once, and against a count in SQL by somebody else."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from ml import oversight, warehouse
from ml.errors import ModellingError
from ml.fairness import AuditPlan, FairnessBound

PLAN = AuditPlan(
    age_bands=[40],
    tenure_bands=[10],
    intersections=[["race", "sex"]],
    references={},
    min_officers=5,
    min_cases=1,
    mitigate_by="race",
)


def count(registry: warehouse.Connection, query: str) -> float:
    return registry.execute(query).fetchone()[0]


class TestAudit:
    def test_is_of_every_candidate_and_baseline_at_every_test_date_once(self, registry, watched, trained):
        appended = oversight.audit_fairness(registry, watched, trained, PLAN)
        assert appended == count(registry, "select count(*) from ml.fairness_audits") > 0
        assert oversight.audit_fairness(registry, watched, trained, PLAN) == 0
        # Other settings are another audit.
        assert oversight.audit_fairness(registry, watched, trained, replace(PLAN, age_bands=[30])) > 0
        audited = registry.execute(
            "select distinct outcome, model_group, test_as_of_date from ml.fairness_audits"
            " where test_as_of_date is not null"
        ).fetchall()
        tested = registry.execute(
            "select distinct outcome, model_group, test_as_of_date from ml.evaluations"
            " where model_group in (select model_group from ml.model_groups where kind <> 'variation')"
        ).fetchall()
        assert sorted(audited) == sorted(tested)
        assert {group for _, group, _ in audited} == {
            "base_rate", "blend", "complaints_2y", "gradient_boosting", "logistic", "threshold_system",
        }  # fmt: skip

    def test_rates_are_those_of_a_count_in_sql(self, registry, watched, trained):
        oversight.audit_fairness(registry, watched, trained, PLAN)
        counted = registry.execute(
            """
            select
                outcome, test_as_of_date, race,
                avg((rank <= 10)::int), sum((rank <= 10 and label_value = 1)::int)::float8 / nullif(sum(label_value), 0)
            from ml.predictions
            inner join ml.models using (model_id, outcome)
            inner join labels.officer_labels using (officer_id, as_of_date, outcome)
            inner join core.officers using (officer_id)
            where model_group = 'logistic' and role = 'test' and horizon_months = 12
            group by 1, 2, 3
            """.replace("horizon_months", "officer_labels.horizon_months")
        ).fetchall()
        stored = {
            tuple(key): value
            for *key, value in registry.execute(
                "select outcome, test_as_of_date, group_name, metric, value from ml.fairness_audits"
                " where model_group = 'logistic' and attribute = 'race' and list_rule = 'highest scores'"
            )
        }
        assert len(counted) == 6
        for *key, flag_rate, recall in counted:
            assert stored[*key, "flag_rate"] == pytest.approx(float(flag_rate))
            assert stored[*key, "recall"] == pytest.approx(recall)

    def test_mitigated_list_is_audited_where_an_earlier_date_was_decided(self, registry, watched, trained):
        oversight.audit_fairness(registry, watched, trained, PLAN)
        dates = registry.execute(
            "select distinct outcome, model_group, test_as_of_date from ml.fairness_audits"
            " where list_rule = 'equal recall by race'"
        ).fetchall()
        later = dt.date(2014, 1, 1)
        assert sorted(dates) == [("complaint", group, later) for group in ("blend", "gradient_boosting", "logistic")]

    def test_bound_reads_the_audit_over_all_dates(self, registry, watched, trained):
        oversight.audit_fairness(registry, watched, trained, PLAN)
        never, always = (FairnessBound(["race"], least, most) for least, most in ((0.001, 1e6), (0.999, 1.0)))
        assert oversight.list_refusals(registry, trained, PLAN, never) == {"complaint": {}, "sustained": {}}
        registry.execute("drop trigger if exists append_only on ml.fairness_audits")
        registry.execute(
            "update ml.fairness_audits set ratio = .5, ratio_low = .4, ratio_high = .6 where model_group = 'logistic'"
            " and metric = 'recall' and test_as_of_date is null and attribute = 'race' and not is_reference"
        )
        refused = oversight.list_refusals(registry, trained, PLAN, always)
        assert {outcome: list(groups) for outcome, groups in refused.items()} == {
            "complaint": ["logistic"], "sustained": ["logistic"],
        }  # fmt: skip


class TestComparison:
    def test_is_of_every_model_once_and_counts_what_sql_counts(self, registry, watched, trained):
        appended = oversight.compare_thresholds(registry, watched, trained)
        assert appended == count(registry, "select count(*) from ml.threshold_comparisons") > 0
        assert oversight.compare_thresholds(registry, watched, trained) == 0
        flagged = registry.execute(
            """
            select outcome, as_of_date, count(*), sum(label_value)
            from features.threshold_flags inner join labels.officer_labels using (officer_id, as_of_date)
            where n_rules_triggered > 0 and horizon_months = 12
            group by 1, 2
            """
        ).fetchall()
        counted = {(outcome, date): (n, found) for outcome, date, n, found in flagged}
        stored = registry.execute(
            "select outcome, test_as_of_date, list_size, found_by_thresholds from ml.threshold_comparisons"
            " where list_kind like 'as many%' and test_as_of_date is not null"
        ).fetchall()
        assert stored
        for outcome, date, size, found in stored:
            assert (size, found) == counted[outcome, date]

    def test_department_without_rules_has_none(self, registry, experiment, trained):
        assert oversight.compare_thresholds(registry, experiment, trained) == 0


class TestLists:
    def test_highest_scores_are_listed_and_the_list_says_so(self, registry, watched, trained):
        rules = oversight.draw_up_lists(registry, watched, PLAN, is_mitigated=False)
        assert [(rule.outcome, rule.list_rule, rule.list_size) for rule in rules] == [
            ("complaint", "highest scores", 10), ("sustained", "highest scores", 10),
        ]  # fmt: skip
        listed = "select officer_id from ml.list_members where outcome = 'complaint'"
        best = "select officer_id from ml.scores where outcome = 'complaint' and rank <= 10"
        assert sorted(registry.execute(listed)) == sorted(registry.execute(best))
        assert oversight.draw_up_lists(registry, watched, PLAN, is_mitigated=False) == []

    def test_mitigation_is_a_new_list_that_names_its_places(self, registry, watched, trained):
        oversight.draw_up_lists(registry, watched, PLAN, is_mitigated=False)
        [complaint, _] = oversight.draw_up_lists(registry, watched, PLAN, is_mitigated=True)
        assert (complaint.list_rule, complaint.list_size) == ("equal recall by race", 10)
        places = dict(
            registry.execute(
                "select race, count(*) from ml.list_members inner join core.officers using (officer_id)"
                " where outcome = 'complaint' and drawn_up_at = %s group by 1 order by 1",
                [complaint.drawn_up_at],
            ).fetchall()
        )
        assert sum(places.values()) == 10
        for race, n in places.items():
            assert f"{race} {n}" in complaint.explanation
        # The first one stays as it was issued.
        assert count(registry, "select count(*) from ml.list_members where outcome = 'complaint'") == 20

    def test_mitigation_without_anything_to_learn_from_is_refused(self, registry, watched, trained):
        outcomes = [plan.model_copy(update={"is_decided_later": True}) for plan in watched.outcomes]
        grid = watched.grid.model_copy(
            update={"replay": watched.grid.replay.model_copy(update={"decided_later_lag_months": 120})}
        )
        patient = watched.model_copy(update={"outcomes": outcomes, "grid": grid})
        with pytest.raises(ModellingError, match=r"no test date of 'complaint' is decided.*Choose `none`"):
            oversight.draw_up_lists(registry, patient, PLAN, is_mitigated=True)

    def test_scores_of_another_cohort_are_refused(self, registry, watched, trained):
        registry.execute("delete from features.officer_cohort where officer_id = '111-3'")
        with pytest.raises(ModellingError, match="features were rebuilt since"):
            oversight.draw_up_lists(registry, watched, PLAN, is_mitigated=False)


def test_attributes_are_unknown_rather_than_left_out(registry, watched, trained):
    cohort = warehouse.read_cohort(registry, "complaint", 12, dt.date(2014, 1, 1))
    assert "unknown" in cohort.sex
    assert len(cohort.officers) == count(
        registry, "select count(*) from features.officer_cohort where as_of_date = '2014-01-01'"
    )
    assert (np.sort(cohort.officers) == cohort.officers).all()
