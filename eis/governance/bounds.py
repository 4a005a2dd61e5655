"""The bounds of the publication gate: one check for each thing that a list has to be.

Belongs here: measuring a proposal against the policy. Does not: deciding what follows (`publication`), or the bounds
(`departments/<d>/policy.yml`). Each check says what it measured, so that a refusal is understood without a query.
"""

import datetime as dt
import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from eis.governance.policy import Policy


@dataclass(frozen=True)
class Proposal:
    """One scoring of a cohort with its list, before the gate."""

    outcome: str
    as_of_date: dt.date
    scored_at: dt.datetime
    drawn_up_at: dt.datetime
    model_id: str
    list_rule: str
    n_officers: int
    n_on_list: int
    proposed_at: dt.datetime


@dataclass(frozen=True)
class Gate:
    """What the checks of one round share."""

    connection: psycopg.Connection
    policy: Policy
    _volumes: dict[dt.date, dict[str, float]] = field(default_factory=dict)

    def volumes(self, as_of: dt.date) -> dict[str, float]:
        """See `measure_volumes`; the feeds are the same for every outcome."""
        if as_of not in self._volumes:
            least = self.policy.publication.data.min_usual_rows
            self._volumes[as_of] = measure_volumes(self.connection, as_of, least)
        return self._volumes[as_of]


@dataclass(frozen=True)
class Check:
    """One bound: `passed` is none where there is nothing to measure."""

    name: str
    passed: bool | None
    finding: str


def describe_refusal(checks: list[Check]) -> str | None:
    """The findings of the checks that failed; none when all passed."""
    return " ".join(check.finding for check in checks if check.passed is False) or None


def find_approval(connection: psycopg.Connection, model_id: str) -> tuple[str | None, str | None]:
    """How and by whom the model was approved; nothing where it was not, or is retired."""
    row = connection.execute(
        "select decision, mode, decided_by from governance.model_decisions where model_id = %s"
        " order by decision_no desc limit 1",
        [model_id],
    ).fetchone()
    return (row[1], row[2]) if row and row[0] == "approved" else (None, None)


def find_valid_until(proposal: Proposal, policy: Policy) -> dt.date:
    """Last day on which a list may be used."""
    return proposal.as_of_date + dt.timedelta(days=policy.lists.lifetime_days)


def check_inputs(gate: Gate, proposal: Proposal) -> Check:
    """Every table with a suite passed its critical rules, the proposed scores among them, as they are now."""
    rows = gate.connection.execute(
        """
        select schema_name || '.' || table_name, max(validated_at),
            count(*) filter (where not success and severity = 'critical')
        from monitoring.validation_results
        where (schema_name, table_name, run_id) in (
            select distinct on (schema_name, table_name) schema_name, table_name, run_id
            from monitoring.validation_results
            order by schema_name, table_name, validated_at desc
        )
        group by 1
        order by 1
        """
    ).fetchall()
    failing = [table for table, _, n_failed in rows if n_failed]
    seen = {table: validated_at for table, validated_at, _ in rows}.get("governance.proposed_scores")
    if failing:
        return Check(
            "inputs", False, f"Critical rules fail on {', '.join(failing)}: see monitoring.validation_results."
        )
    if seen is None or seen < proposal.proposed_at:
        return Check("inputs", False, "The proposed scores were not validated since they were proposed. Run the line.")
    return Check("inputs", True, f"{len(rows)} tables pass their critical rules.")


def check_approval(gate: Gate, proposal: Proposal) -> Check:
    """The model is approved, and not retired."""
    mode, by = find_approval(gate.connection, proposal.model_id)
    if mode:
        return Check("approval", True, f"Model {proposal.model_id} was approved by {by} ({mode}).")
    row = gate.connection.execute("select governance.model_state(%s)", [proposal.model_id]).fetchone()
    state = "is retired" if row == ("retired",) else "is not approved"
    return Check("approval", False, f"Model {proposal.model_id} {state}. See: eis models show {proposal.model_id}.")


def check_withdrawal(gate: Gate, proposal: Proposal) -> Check:
    """A list that was withdrawn does not come back by itself."""
    row = gate.connection.execute(
        "select withdrawn_by, withdrawal_reason from governance.lists where status = 'withdrawn' and outcome = %s"
        " and scored_at = %s and model_id = %s",
        [proposal.outcome, proposal.scored_at, proposal.model_id],
    ).fetchone()
    if row:
        return Check(
            "withdrawal",
            False,
            f"These scores were withdrawn by {row[0]} ({row[1]}). New data or a new model can be published.",
        )
    return Check("withdrawal", True, "These scores were not withdrawn.")


def check_month(gate: Gate, proposal: Proposal) -> Check:
    """The month before the as-of date is over and the latest, and each feed delivered about what it usually does."""
    [last_as_of, today] = gate.connection.execute(
        "select max(as_of_date), governance.today() from features.as_of_dates"
    ).fetchone() or [dt.date.min, dt.date.min]
    if proposal.as_of_date != last_as_of:
        return Check(
            "month", False, f"The scores are of {proposal.as_of_date}, and there are features of {last_as_of}."
        )
    if proposal.as_of_date > today:
        return Check("month", False, f"The month before {proposal.as_of_date} is not over: today is {today}.")
    bounds = gate.policy.publication.data
    shares = gate.volumes(proposal.as_of_date)
    if short := {table: share for table, share in shares.items() if share < bounds.min_volume_share}:
        listed = ", ".join(f"core.{table} {share:.0%}" for table, share in sorted(short.items()))
        return Check(
            "month",
            False,
            f"The month before {proposal.as_of_date} is not complete: of the usual rows there are {listed}; "
            f"the policy asks for {bounds.min_volume_share:.0%}.",
        )
    return Check(
        "month", True, f"{len(shares)} feeds have at least {bounds.min_volume_share:.0%} of their usual month."
    )


def measure_volumes(connection: psycopg.Connection, as_of: dt.date, min_usual_rows: int) -> dict[str, float]:
    """Core table -> rows known in the last month, over the median of the twelve months before it."""
    tables = connection.execute(
        "select table_name from information_schema.columns"
        " where table_schema = 'core' and column_name = 'known_on' order by 1"
    ).fetchall()
    shares = {}
    for (table,) in tables:
        counts = connection.execute(
            sql.SQL(
                """
                select count(known_on)
                from generate_series(1, 13) as months (n)
                left join {} on known_on >= cast(%(as_of)s - make_interval(months => n) as date)
                    and known_on < cast(%(as_of)s - make_interval(months => n - 1) as date)
                group by n
                order by n
                """
            ).format(sql.Identifier("core", table)),
            {"as_of": as_of},
        ).fetchall()
        last, *earlier = (count for (count,) in counts)
        if (usual := statistics.median(earlier)) >= min_usual_rows:
            shares[table] = last / usual
    return shares


def check_age(gate: Gate, proposal: Proposal) -> Check:
    """The data are fresh enough, and the list would not be born expired."""
    [today] = gate.connection.execute("select governance.today()").fetchone() or [proposal.as_of_date]
    age, valid_until = (today - proposal.as_of_date).days, find_valid_until(proposal, gate.policy)
    limit = gate.policy.publication.data.max_age_days
    if age > limit or valid_until < today:
        return Check(
            "age",
            False,
            f"The data are {age} days old (today is {today}, the policy allows {limit}); scores end on {valid_until}.",
        )
    return Check("age", True, f"The data are {age} days old, of {limit} allowed.")


def check_performance(gate: Gate, proposal: Proposal) -> Check:
    """When the past was replayed, the model's group did well enough against the best baseline, noise allowed for."""
    bounds = gate.policy.publication.performance
    rows = gate.connection.execute(
        """
        select evaluations.model_group, evaluations.is_baseline, evaluations.test_as_of_date, evaluations.value
        from ml.evaluations
        inner join (
            select selections.experiment_id, models.model_group
            from ml.models
            inner join ml.selections using (outcome, model_group)
            where models.model_id = %(model)s
            order by selected_at desc
            limit 1
        ) as chosen using (experiment_id)
        where evaluations.outcome = %(outcome)s and metric = %(metric)s and parameter = %(parameter)s
            and (evaluations.is_baseline or evaluations.model_group = chosen.model_group)
        """,
        {
            "model": proposal.model_id,
            "outcome": proposal.outcome,
            "metric": bounds.metric,
            "parameter": bounds.parameter,
        },
    ).fetchall()
    own = {date: value for _, is_baseline, date, value in rows if not is_baseline}
    baselines: dict[str, dict[dt.date, float]] = {}
    for group, is_baseline, date, value in rows:
        if is_baseline and date in own:
            baselines.setdefault(group, {})[date] = value
    label = f"{bounds.metric} {bounds.parameter}".strip()
    if not own or not baselines:
        return Check("performance", False, f"There is no backtest of {label} for this model to judge it by.")
    best = max(baselines, key=lambda group: statistics.fmean(baselines[group].values()))
    gaps = [own[date] - bounds.min_ratio_to_best_baseline * value for date, value in sorted(baselines[best].items())]
    error = statistics.stdev(gaps) / math.sqrt(len(gaps)) if len(gaps) > 1 else 0.0
    finding = (
        f"Backtest {label}: {statistics.fmean(own.values()):.3f} over {len(own)} dates, the best baseline ({best}) "
        f"{statistics.fmean(baselines[best].values()):.3f}; the policy asks for {bounds.min_ratio_to_best_baseline:g} "
        f"of it, less {bounds.standard_errors:g} standard errors ({error:.3f} each)."
    )
    return Check("performance", statistics.fmean(gaps) + bounds.standard_errors * error >= 0, finding)


def check_drift(gate: Gate, proposal: Proposal) -> Check:
    """The scores are distributed about as those of the model's last published list were.

    Those of another model have another scale: a person compares them when approving. A list that another model drew up
    would refuse the new one's for ever.
    """
    psi = measure_score_drift(gate.connection, proposal)
    limit = gate.policy.publication.drift.max_score_psi
    if psi is None:
        return Check("drift", None, "The model has published no list of an earlier as-of date to compare with.")
    return Check(
        "drift", psi <= limit, f"Score PSI against the model's last list is {psi:.3f}; the policy allows {limit:g}."
    )


def measure_score_drift(connection: psycopg.Connection, proposal: Proposal) -> float | None:
    """Population stability index against the model's last list of an earlier as-of date, in tenths of that list."""
    rows = connection.execute(
        """
        with earlier as (
            select score, ntile(10) over (order by score) as tenth
            from governance.published_scores
            where list_id = (
                select max(list_id)
                from governance.published_lists
                where outcome = %(outcome)s and model_id = %(model_id)s and as_of_date < %(as_of_date)s
            )
        ),
        edges as (
            select array_agg(upper order by tenth) as uppers
            from (select tenth, max(score) as upper from earlier where tenth < 10 group by tenth) as tenths
        )
        select
            width_bucket(score, uppers) as bucket,
            count(*) filter (where is_new) as n_new,
            count(*) filter (where not is_new) as n_old
        from (
            select score, true as is_new from governance.proposed_scores where outcome = %(outcome)s
            union all
            select score, false from earlier
        ) as scores
        cross join edges
        where uppers is not null
        group by 1
        """,
        vars(proposal),
    ).fetchall()
    new, old = (sum(row[column] for row in rows) for column in (1, 2))
    if not new or not old:
        return None
    # Half an officer in each bucket, so that an empty one counts and does not make the index infinite.
    half = 0.5 * len(rows)
    shares = [((n_new + 0.5) / (new + half), (n_old + 0.5) / (old + half)) for _, n_new, n_old in rows]
    return sum((a - b) * math.log(a / b) for a, b in shares)


def check_fairness(gate: Gate, proposal: Proposal) -> Check:
    """No group is on this list so much more often than everybody else that noise does not explain it."""
    bounds = gate.policy.publication.fairness
    found: list[tuple[float, float, str]] = []
    for attribute in bounds.attributes:
        rows = gate.connection.execute(
            sql.SQL(
                """
                select {}, count(*), count(*) filter (where is_on_list)
                from governance.proposed_scores inner join core.officers using (officer_id)
                where outcome = %s and {} is not null
                group by 1
                """
            ).format(*[sql.Identifier(attribute)] * 2),
            [proposal.outcome],
        ).fetchall()
        total, listed = (sum(row[column] for row in rows) for column in (1, 2))
        found += [
            (*compare_shares(n_listed, n, listed - n_listed, total - n), f"{attribute} {group}")
            for group, n, n_listed in rows
            if n >= bounds.min_officers and total - n >= bounds.min_officers
        ]
    if not found:
        return Check("fairness", None, "No group is large enough to be judged.")
    lower, ratio, group = max(found)
    finding = (
        f"On the list most often, against everybody else: {group}, {ratio:.2f} times (at least {lower:.2f}); "
        f"the policy allows {bounds.max_flag_ratio:g}."
    )
    return Check("fairness", lower <= bounds.max_flag_ratio, finding)


def compare_shares(a: int, n_a: int, b: int, n_b: int) -> tuple[float, float]:
    """Lower end of the 95 % interval, and value, of the ratio of two shares.

    On the logarithm of the ratio, with half an officer added to each count, so that nobody on one side is no exception.
    """
    x_a, x_b, m_a, m_b = a + 0.5, b + 0.5, n_a + 0.5, n_b + 0.5
    ratio = (x_a / m_a) / (x_b / m_b)
    error = math.sqrt(1 / x_a - 1 / m_a + 1 / x_b - 1 / m_b)
    return ratio * math.exp(-1.96 * error), ratio


def check_model_age(gate: Gate, proposal: Proposal) -> Check:
    """The model was trained recently enough."""
    age, limit = measure_model_age(gate.connection, proposal), gate.policy.retraining.max_age_months
    return Check("model_age", age <= limit, f"The model was trained {age} months before; the policy allows {limit}.")


def measure_model_age(connection: psycopg.Connection, proposal: Proposal) -> int:
    """Months from the first as-of date for which the model was trained to the one that it scored."""
    row = connection.execute(
        "select predict_as_of_date from ml.models where model_id = %s", [proposal.model_id]
    ).fetchone()
    trained: dt.date = row[0] if row else proposal.as_of_date
    return (proposal.as_of_date.year - trained.year) * 12 + proposal.as_of_date.month - trained.month


CHECKS: tuple[Callable[[Gate, Proposal], Check], ...] = (
    check_inputs,
    check_approval,
    check_withdrawal,
    check_month,
    check_age,
    check_performance,
    check_drift,
    check_fairness,
    check_model_age,
)


def find_retraining_due(gate: Gate, proposal: Proposal) -> str | None:
    """Why the model is due to be trained anew, if it is."""
    age, psi = measure_model_age(gate.connection, proposal), measure_score_drift(gate.connection, proposal)
    reasons = []
    if age >= gate.policy.retraining.due_months:
        reasons.append(f"trained {age} months before (due at {gate.policy.retraining.due_months})")
    if psi is not None and psi >= gate.policy.retraining.due_score_psi:
        reasons.append(f"score PSI {psi:.3f} (due at {gate.policy.retraining.due_score_psi:g})")
    return "; ".join(reasons) or None
