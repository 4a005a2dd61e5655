"""What a year's evaluation says in numbers: of lists, decisions, use, effect, fairness and contested records.

Belongs here: queries of schemas `governance` and `monitoring`, whose rows name no officer. Does not: words (`page`).

A list belongs to the year of its as-of date, and so does what became of it; what people entered, to the year of its day
by the department's clock.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from psycopg.rows import class_row

from eis.errors import EisError
from eis.governance.audit_log import Verification, verify

Row = TypeVar("Row")


@dataclass(frozen=True)
class PolicyVersion:
    """What the department had decided, and since when."""

    policy_version: int
    loaded_at: dt.datetime
    content: dict[str, Any]


@dataclass(frozen=True)
class PublishedList:
    """A list of the year."""

    outcome: str
    as_of_date: dt.date
    n_on_list: int
    n_officers: int
    approval: str
    approved_by: str
    status: str
    withdrawn_by: str | None
    withdrawal_reason: str | None


@dataclass(frozen=True)
class Decisions:
    """What the gate said of an outcome in the year."""

    outcome: str
    n_published: int
    n_refused: int
    failed_checks: dict[str, int]


@dataclass(frozen=True)
class ModelDecision:
    """A decision on a model that scored in the year."""

    decided_at: dt.datetime
    model_id: str
    outcome: str
    decision: str
    mode: str
    decided_by: str
    reason: str


@dataclass(frozen=True)
class AlertCount:
    """Alerts of one signal."""

    signal: str
    n_opened: int
    n_open: int
    n_overdue: int
    owners: str


@dataclass(frozen=True)
class Reviews:
    """What became of a list, or of a unit's part of the year's lists."""

    name: str
    n_listed: int
    n_reviewed: int
    n_in_time: int
    n_waiting: int
    n_missed: int
    n_agreed: int
    n_with_action: int
    n_dismissed: int


@dataclass(frozen=True)
class ActionCount:
    """How often an action followed, or an intervention was begun, and how those ended."""

    name: str
    n: int
    n_completed: int | None = None
    n_not_completed: int | None = None


@dataclass(frozen=True)
class Reason:
    """How often reviewers found that a reason holds."""

    measure: str
    n_judged: int
    share_held: float


@dataclass(frozen=True)
class Effect:
    """Whether being listed made a difference."""

    list_kind: str
    measure: str
    n_lists: int
    verdict: str
    explanation: str
    level: float | None
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    detectable_difference: float | None
    listed_before: float | None
    listed_after: float | None
    next_before: float | None
    next_after: float | None


@dataclass(frozen=True)
class GroupRates:
    """How lists of the model in use treat a group, over all test dates of the backtest."""

    attribute: str
    group_name: str
    is_reference: bool
    n_officers: int
    flag_rate: float | None
    recall: float | None
    recall_ratio_low: float | None
    recall_ratio_high: float | None
    false_positive_rate: float | None
    suppressed_because: str | None


@dataclass(frozen=True)
class FairnessFinding:
    """What the gate measured on a list of the year."""

    as_of_date: dt.date
    finding: str


@dataclass(frozen=True)
class Mark:
    """A record that was contested."""

    marked_on: dt.date
    table_name: str
    mark: str
    authority: str
    reason: str
    marked_by: str


@dataclass(frozen=True)
class Year:
    """Everything that the evaluation says."""

    year: int
    today: dt.date
    outcome: str
    policies: list[PolicyVersion]
    lists: list[PublishedList]
    decisions: list[Decisions]
    models: list[ModelDecision]
    alerts: list[AlertCount] | None  # none: nothing watches
    reviews_by_list: list[Reviews]
    reviews_by_unit: list[Reviews]
    actions: list[ActionCount]
    interventions: list[ActionCount]
    reasons: list[Reason]
    effects: list[Effect]
    fairness: list[GroupRates]
    fairness_of_lists: list[FairnessFinding]
    marks: list[Mark]
    audit: Verification


def collect(connection: psycopg.Connection, year: int | None) -> Year:
    """The facts of a year; of the latest list's, if none is named.

    Raises:
        EisError: nothing was ever decided, or not in that year.
    """
    found = connection.execute(
        "select cast(extract(year from as_of_date) as int) from governance.publication_decisions group by 1 order by 1"
    ).fetchall()
    years = [one for (one,) in found]
    if not years:
        raise EisError("The gate has decided on no list yet. Run the line once: eis run")
    chosen = year or years[-1]
    if chosen not in years:
        raise EisError(f"No list was proposed in {chosen}. Years with lists: {', '.join(map(str, years))}.")
    policies = read_all(connection, PolicyVersion, POLICIES, {})
    [today] = connection.execute("select governance.today()").fetchone() or (dt.date.max,)
    asked = {"year": chosen, "outcome": policies[-1].content["lists"]["outcome"]}

    def read(kind: type[Row], query: str) -> list[Row]:
        return read_all(connection, kind, query, asked)

    return Year(
        year=chosen,
        today=today,
        outcome=asked["outcome"],
        policies=policies,
        lists=read(PublishedList, LISTS),
        decisions=read(Decisions, DECISIONS),
        models=read(ModelDecision, MODELS),
        alerts=read(AlertCount, ALERTS) if has_table(connection, "monitoring.alerts") else None,
        reviews_by_list=read(Reviews, REVIEWS.format(name="as_of_date")),
        reviews_by_unit=read(Reviews, REVIEWS.format(name="unit_id")),
        actions=read(ActionCount, ACTIONS),
        interventions=read(ActionCount, INTERVENTIONS),
        reasons=read(Reason, REASONS),
        effects=read(Effect, EFFECTS),
        fairness=read(GroupRates, FAIRNESS),
        fairness_of_lists=read(FairnessFinding, FAIRNESS_OF_LISTS),
        marks=read(Mark, MARKS),
        audit=verify(connection, []),
    )


def read_all(connection: psycopg.Connection, kind: type[Row], query: str, asked: dict[str, Any]) -> list[Row]:
    """Rows of a query, typed."""
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(query.encode(), asked).fetchall()


def has_table(connection: psycopg.Connection, name: str) -> bool:
    """Whether the warehouse has it."""
    return connection.execute("select to_regclass(%s) is not null", [name]).fetchone() == (True,)


POLICIES = "select policy_version, loaded_at, content from governance.policy order by policy_version"

LISTS = """
select
    outcome, as_of_date, n_on_list, n_officers, approval, approved_by, status, withdrawn_by, withdrawal_reason
from governance.lists
where extract(year from as_of_date) = %(year)s
order by outcome = %(outcome)s desc, outcome, as_of_date, list_id
"""

DECISIONS = """
with decisions as (
    select * from governance.publication_decisions where extract(year from as_of_date) = %(year)s
),

failed as (
    select outcome, failing.name, count(*) as n
    from decisions
    cross join jsonb_to_recordset(checks) as failing (name text, passed boolean)
    where not is_published and failing.passed is false
    group by 1, 2
)

select
    outcome,
    count(*) filter (where is_published) as n_published,
    count(*) filter (where not is_published) as n_refused,
    coalesce(
        (select jsonb_object_agg(failed.name, failed.n) from failed where failed.outcome = decisions.outcome), '{}'
    ) as failed_checks
from decisions
group by 1
order by outcome = %(outcome)s desc, outcome
"""

MODELS = """
select decided_at, model_id, used.outcome, decision, mode, decided_by, reason
from governance.model_decisions
inner join (
    select distinct model_id, outcome from governance.publication_decisions
    where extract(year from as_of_date) = %(year)s
) as used using (model_id)
order by decision_no
"""

ALERTS = """
select
    signal,
    count(*) as n_opened,
    count(*) filter (where status = 'open') as n_open,
    count(*) filter (where is_overdue) as n_overdue,
    string_agg(distinct owner, ', ' order by owner) as owners
from monitoring.alerts
where extract(year from as_of_date) = %(year)s
group by 1
order by 2 desc, 1
"""

REVIEWS = """
select
    cast({name} as text) as name,
    cast(sum(n_listed) as int) as n_listed,
    cast(sum(n_reviewed) as int) as n_reviewed,
    cast(sum(n_in_time) as int) as n_in_time,
    cast(sum(n_open + n_overdue) as int) as n_waiting,
    cast(sum(n_missed) as int) as n_missed,
    cast(sum(n_agreed) as int) as n_agreed,
    cast(sum(n_with_action) as int) as n_with_action,
    cast(sum(n_dismissed) as int) as n_dismissed
from monitoring.reviews_by_unit
where extract(year from as_of_date) = %(year)s and outcome = %(outcome)s
group by {name}
order by {name}
"""

ACTIONS = """
select action as name, count(*) as n
from governance.due_reviews
where extract(year from as_of_date) = %(year)s and outcome = %(outcome)s and review_no is not null
group by 1
order by 2 desc, 1
"""

INTERVENTIONS = """
select
    kind as name,
    count(*) as n,
    count(*) filter (where result = 'completed') as n_completed,
    count(*) filter (where result in ('declined', 'broken_off')) as n_not_completed
from governance.interventions
left join governance.intervention_ends using (intervention_no)
where extract(year from started_on) = %(year)s
group by 1
order by 2 desc, 1
"""

REASONS = """
select measure, n_judged, share_held
from monitoring.reason_agreement
where outcome = %(outcome)s
order by share_held, n_judged desc, measure
limit 10
"""

EFFECTS = """
select
    list_kind, measure, n_lists, verdict, explanation, level, difference, difference_low, difference_high,
    detectable_difference, listed_before, listed_after, next_before, next_after
from monitoring.effect_of_lists
where outcome = %(outcome)s
order by list_kind, array_position(array['outcome', 'outcome before'], measure), measure
"""

FAIRNESS = """
select
    attribute,
    group_name,
    is_reference,
    n_officers,
    max(value) filter (where metric = 'flag_rate') as flag_rate,
    max(value) filter (where metric = 'recall') as recall,
    max(ratio_low) filter (where metric = 'recall') as recall_ratio_low,
    max(ratio_high) filter (where metric = 'recall') as recall_ratio_high,
    max(value) filter (where metric = 'false_positive_rate') as false_positive_rate,
    max(suppressed_because) filter (where metric = 'flag_rate') as suppressed_because
from monitoring.fairness_audit
inner join monitoring.latest_selections using (outcome, model_group)
where outcome = %(outcome)s and test_as_of_date is null and list_rule = 'highest scores'
    and attribute in ('race', 'sex')
group by 1, 2, 3, 4
order by 1, 3 desc, 2
"""

FAIRNESS_OF_LISTS = """
select as_of_date, checked.finding
from governance.publication_decisions
cross join jsonb_to_recordset(checks) as checked (name text, finding text)
where extract(year from as_of_date) = %(year)s and outcome = %(outcome)s and is_published and checked.name = 'fairness'
order by decision_no
"""

MARKS = """
select marked_on, table_name, mark, authority, reason, marked_by
from governance.record_marks
where extract(year from marked_on) = %(year)s
order by mark_no
"""
