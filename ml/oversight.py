"""Auditing what was replayed and drawing up what is issued: fairness, the threshold system, the list.

Belongs here: reading stored lists, asking `ml.fairness` and `ml.thresholds`, appending what they say. Does not: the
computations. Models are not asked again: an audit is of what they said.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, astuple, dataclass, replace

import numpy as np

from ml import warehouse
from ml.errors import ModellingError
from ml.fairness import (
    EQUAL_RECALL,
    HIGHEST_SCORES,
    AuditPlan,
    FairnessBound,
    GroupRate,
    Ints,
    Listing,
    Roster,
    Texts,
    audit,
    describe_groups,
    equalise_recall,
    expect_membership,
    join_groups,
    join_listings,
    list_with_places,
    refuse_unfair,
    share_places,
)
from ml.intervals import Codes, draw_officers
from ml.matrices import Flags, Scores
from ml.registry import identify_audit
from ml.settings import Experiment, OutcomePlan
from ml.splits import add_months
from ml.thresholds import N_DRAWS, Contest, compare_with_thresholds, draw_yardstick
from ml.training import Report, ignore_progress
from ml.warehouse import Cohort, Scoring


@dataclass(frozen=True)
class FairnessRow:
    """One row of ml.fairness_audits: which list, then the fields of GroupRate."""

    audit_id: str
    experiment_id: str
    outcome: str
    model_group: str
    is_baseline: bool
    test_as_of_date: dt.date | None
    list_rule: str
    list_size: int
    attribute: str
    group_name: str
    is_reference: bool
    n_officers: int
    metric: str
    n_cases: float | None
    value: float | None
    value_low: float | None
    value_high: float | None
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    suppressed_because: str | None


@dataclass(frozen=True)
class ComparisonRow:
    """One row of ml.threshold_comparisons: which model, then the fields of Comparison."""

    experiment_id: str
    outcome: str
    model_group: str
    is_baseline: bool
    test_as_of_date: dt.date | None
    list_kind: str
    list_size: float
    n_positive: int
    found: float
    found_by_thresholds: float
    more_found: float
    more_found_low: float | None
    more_found_high: float | None
    more_found_share: float | None
    more_found_share_low: float | None
    more_found_share_high: float | None
    fewer_false_share: float | None
    fewer_false_share_low: float | None
    fewer_false_share_high: float | None


@dataclass(frozen=True)
class ListRule:
    """One row of ml.list_rules."""

    as_of_date: dt.date
    outcome: str
    scored_at: dt.datetime
    drawn_up_at: dt.datetime
    model_id: str
    list_size: int
    list_rule: str
    explanation: str


@dataclass(frozen=True)
class ListMember:
    """One row of ml.list_members."""

    as_of_date: dt.date
    outcome: str
    scored_at: dt.datetime
    drawn_up_at: dt.datetime
    officer_id: str


@dataclass(frozen=True)
class Bench:
    """What the models of an outcome are judged on: cohorts by test date, and their officers, numbered across dates."""

    plan: OutcomePlan
    cohorts: Mapping[dt.date, Cohort]
    codes: Mapping[dt.date, Codes]
    n_officers: int


@dataclass(frozen=True)
class Replayed:
    """What one model group said at one test date."""

    scores: Scores
    ranks: Ints


# The fairness audit


def audit_fairness(
    connection: warehouse.Connection,
    experiment: Experiment,
    experiment_id: str,
    plan: AuditPlan,
    report: Report = ignore_progress,
) -> int:
    """Audit every candidate and baseline at every test date, unless that was done. Returns rows appended.

    Raises:
        ModellingError: cohorts were rebuilt since the models were replayed.
    """
    warehouse.ensure_registry(connection)
    audit_id = identify_fairness_audit(experiment_id, plan)
    if warehouse.has_fairness_audit(connection, audit_id):
        return 0
    rows: list[FairnessRow] = []
    for done, bench in enumerate(read_benches(connection, experiment)):
        for (group, is_baseline), models in read_groups(connection, experiment_id, bench).items():
            report(f"{bench.plan.name} {group}", done, len(experiment.outcomes))
            head = (audit_id, experiment_id, bench.plan.name, group, is_baseline)
            rows.extend(
                FairnessRow(*head, date, rule, size, *astuple(rate))
                for date, rule, size, rate in audit_group(bench, models, is_baseline, experiment, plan)
            )
    with connection.transaction():
        warehouse.append_rows(connection, "fairness_audits", FairnessRow, rows)
    return len(rows)


def identify_fairness_audit(experiment_id: str, plan: AuditPlan) -> str:
    """The same audit of the same experiment has the same identifier in every run."""
    return identify_audit(experiment_id, asdict(plan))


def audit_group(
    bench: Bench, models: Mapping[dt.date, Replayed], is_baseline: bool, experiment: Experiment, plan: AuditPlan
) -> Iterator[tuple[dt.date | None, str, int, GroupRate]]:
    """Date, rule and size of each list of a model group, with every rate of it.

    At each date the highest scores and, of a candidate, the list that the mitigation would have drawn up; and the
    highest scores of all dates together.
    """
    lists, groups = [], []
    for date, said in models.items():
        cohort, size = bench.cohorts[date], min(experiment.capacity, len(said.scores))
        described = describe_groups(find_roster(cohort), date, plan)
        highest = Listing(expect_membership(said.scores, size), said.scores, cohort.is_positive, bench.codes[date])
        lists.append(highest)
        groups.append(described)
        for rate in audit(highest, described, plan, is_probability=not is_baseline):
            yield date, HIGHEST_SCORES, size, rate
        learnt_on = None if is_baseline else find_mature(bench.plan, models, date, experiment)
        if learnt_on:
            now = described[plan.mitigate_by]
            places = share_out(bench.cohorts[learnt_on], models[learnt_on], learnt_on, now, date, size, plan)
            mended = replace(highest, membership=list_with_places(said.ranks, now, places))
            for rate in audit(mended, described, plan, is_probability=not is_baseline):
                yield date, EQUAL_RECALL + plan.mitigate_by, size, rate
    pooled = audit(join_listings(lists), join_groups(groups), plan, is_probability=not is_baseline)
    for rate in pooled:
        yield None, HIGHEST_SCORES, experiment.capacity, rate


def list_refusals(
    connection: warehouse.Connection, experiment_id: str, plan: AuditPlan, bound: FairnessBound
) -> dict[str, dict[str, list[str]]]:
    """Outcome -> model group -> why the bound refuses it, by the stored audit over all test dates."""
    audited = warehouse.read_pooled_rates(connection, identify_fairness_audit(experiment_id, plan), HIGHEST_SCORES)
    return {outcome: refuse_unfair(rates, bound) for outcome, rates in audited.items()}


# The mitigation


def find_mature(plan: OutcomePlan, dates: Iterable[dt.date], date: dt.date, experiment: Experiment) -> dt.date | None:
    """The latest replayed date whose outcomes had been decided by a date."""
    months = experiment.months_to_maturity(plan)
    return max((learnt for learnt in dates if add_months(learnt, months) <= date), default=None)


def share_out(
    earlier: Cohort, learnt: Replayed, learnt_on: dt.date, now: Texts, date: dt.date, size: int, plan: AuditPlan
) -> dict[str, int]:
    """Places of each group on a date's list, as would have given equal recall at an earlier date.

    Point in time: of the earlier date only what was known of its outcomes by the later one. `now` is the group of each
    officer at the date.
    """
    was_known = earlier.is_positive & (earlier.known_on < np.datetime64(date))
    then = describe_groups(find_roster(earlier), learnt_on, plan)[plan.mitigate_by]
    places = equalise_recall(learnt.ranks, was_known, then, min(size, len(then)), plan.min_cases)
    return share_places(places, count_groups(then), count_groups(now), size)


# The list that is issued


def draw_up_lists(
    connection: warehouse.Connection, experiment: Experiment, plan: AuditPlan, is_mitigated: bool
) -> list[ListRule]:
    """The list of every scoring that has none, by the rule that the department chose.

    When the department changes the rule, the latest as-of date gets a new list; earlier lists stay as they were issued.

    Raises:
        ModellingError: the mitigation is chosen and there is nothing to learn it from.
    """
    warehouse.ensure_registry(connection)
    outcomes = {outcome.name: outcome for outcome in experiment.outcomes}
    wanted = EQUAL_RECALL + plan.mitigate_by if is_mitigated else HIGHEST_SCORES
    scorings = [scoring for scoring in warehouse.list_scorings(connection) if scoring.outcome in outcomes]
    latest = {scoring.outcome: scoring for scoring in scorings}
    drawn_up = []
    for scoring in scorings:
        found = warehouse.find_list_rule(connection, scoring)
        if found is None or (found != wanted and scoring == latest[scoring.outcome]):
            cohort = warehouse.read_cohort(connection, scoring.outcome, experiment.horizon_months, scoring.as_of_date)
            draw_up = draw_up_equal_recall if is_mitigated else draw_up_highest
            is_listed, explanation = draw_up(connection, experiment, plan, outcomes[scoring.outcome], scoring, cohort)
            key = (scoring.as_of_date, scoring.outcome, scoring.scored_at, dt.datetime.now(dt.UTC))
            rule = ListRule(*key, scoring.model_id, int(is_listed.sum()), wanted, explanation)
            members = [ListMember(*key, officer) for officer in cohort.officers[is_listed].tolist()]
            with connection.transaction():
                warehouse.append_rows(connection, "list_rules", ListRule, [rule])
                warehouse.append_rows(connection, "list_members", ListMember, members)
            drawn_up.append(rule)
    return drawn_up


def draw_up_highest(
    connection: warehouse.Connection,
    experiment: Experiment,
    _plan: AuditPlan,
    _outcome: OutcomePlan,
    scoring: Scoring,
    cohort: Cohort,
) -> tuple[Flags, str]:
    """Who of a cohort is on the list, and the rule in words."""
    _, ranks = warehouse.read_scoring(connection, scoring, cohort)
    return ranks <= experiment.capacity, "The highest scores are listed, whatever group an officer belongs to."


def draw_up_equal_recall(
    connection: warehouse.Connection,
    experiment: Experiment,
    plan: AuditPlan,
    outcome: OutcomePlan,
    scoring: Scoring,
    cohort: Cohort,
) -> tuple[Flags, str]:
    """The same with places shared out as would have given equal recall at the latest test date that is decided.

    Raises:
        ModellingError: no test date is.
    """
    tested = {
        model.test_as_of_date: model
        for model in warehouse.list_tested_models(connection, scoring.experiment_id)
        if (model.outcome, model.model_group) == (outcome.name, scoring.model_group)
    }
    learnt_on = find_mature(outcome, tested, scoring.as_of_date, experiment)
    if learnt_on is None:
        raise ModellingError(
            f"fairness.mitigation is equal_recall, but no test date of '{outcome.name}' is decided by "
            f"{scoring.as_of_date}: there is nothing to learn it from. Choose `none` in department.yml for now."
        )
    earlier = warehouse.read_cohort(connection, outcome.name, experiment.horizon_months, learnt_on)
    learnt = Replayed(*warehouse.read_replayed(connection, tested[learnt_on].model_id, earlier))
    _, ranks = warehouse.read_scoring(connection, scoring, cohort)
    now = describe_groups(find_roster(cohort), scoring.as_of_date, plan)[plan.mitigate_by]
    size = min(experiment.capacity, len(now))
    places = share_out(earlier, learnt, learnt_on, now, scoring.as_of_date, size, plan)
    shares = ", ".join(f"{name} {count}" for name, count in sorted(places.items()))
    return list_with_places(ranks, now, places) > 0, (
        f"Places are shared out by {plan.mitigate_by} so that recall would have been equal on {learnt_on}: {shares}. "
        "Within a group the highest scores are listed."
    )


# The comparison with the threshold system


def compare_thresholds(
    connection: warehouse.Connection, experiment: Experiment, experiment_id: str, report: Report = ignore_progress
) -> int:
    """Compare every candidate and baseline with the department's threshold system, unless that was done.

    Returns:
        Rows appended; none where the department declares no rules.

    Raises:
        ModellingError: cohorts were rebuilt since the models were replayed.
    """
    warehouse.ensure_registry(connection)
    if not experiment.has_threshold_rules or warehouse.has_threshold_comparison(connection, experiment_id):
        return 0
    rows: list[ComparisonRow] = []
    for done, bench in enumerate(read_benches(connection, experiment)):
        weights = draw_officers(bench.n_officers, N_DRAWS, experiment.grid.seed)
        yardsticks = {
            date: draw_yardstick(
                Contest(bench.codes[date], cohort.rules_triggered, cohort.is_positive), experiment.capacity, weights
            )
            for date, cohort in bench.cohorts.items()
        }
        for (group, is_baseline), models in read_groups(connection, experiment_id, bench).items():
            report(f"{bench.plan.name} {group}", done, len(experiment.outcomes))
            scores = {date: said.scores for date, said in models.items()}
            rows.extend(
                ComparisonRow(experiment_id, bench.plan.name, group, is_baseline, *astuple(comparison))
                for comparison in compare_with_thresholds(yardsticks, scores)
            )
    with connection.transaction():
        warehouse.append_rows(connection, "threshold_comparisons", ComparisonRow, rows)
    return len(rows)


# Reading


def read_benches(connection: warehouse.Connection, experiment: Experiment) -> Iterator[Bench]:
    """The cohorts of each outcome's test dates."""
    for plan in experiment.outcomes:
        cohorts = {
            date: warehouse.read_cohort(connection, plan.name, experiment.horizon_months, date)
            for date in plan.test_dates
        }
        everybody = np.unique(np.concatenate([cohort.officers for cohort in cohorts.values()]))
        codes = {date: np.searchsorted(everybody, cohort.officers) for date, cohort in cohorts.items()}
        yield Bench(plan, cohorts, codes, len(everybody))


def read_groups(
    connection: warehouse.Connection, experiment_id: str, bench: Bench
) -> dict[tuple[str, bool], dict[dt.date, Replayed]]:
    """Model group and whether it is a baseline -> what it said at each test date."""
    groups: dict[tuple[str, bool], dict[dt.date, Replayed]] = {}
    for model in warehouse.list_tested_models(connection, experiment_id):
        if model.outcome == bench.plan.name:
            said = Replayed(*warehouse.read_replayed(connection, model.model_id, bench.cohorts[model.test_as_of_date]))
            groups.setdefault((model.model_group, model.is_baseline), {})[model.test_as_of_date] = said
    return groups


def find_roster(cohort: Cohort) -> Roster:
    """What the audit groups a cohort by."""
    return Roster(cohort.race, cohort.sex, cohort.birth_year, cohort.hired_on)


def count_groups(groups: Texts) -> dict[str, int]:
    """Officers in each group."""
    names, counts = np.unique(groups, return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))
