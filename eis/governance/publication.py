"""The publication gate: which scores become the current list, which do not, and why.

Belongs here: proposing the latest scores, and writing what the gate decides. Does not: measuring them against the
policy (`bounds`), or what makes a list current (view `governance.lists`).

A list is published in one transaction: its decision, its entry in the audit log and its scores are there together or
not at all. A refusal touches nothing that was published before.
"""

import datetime as dt
from dataclasses import asdict, dataclass

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from eis.errors import EisError
from eis.governance.bounds import (
    CHECKS,
    Check,
    Gate,
    Proposal,
    describe_refusal,
    find_approval,
    find_retraining_due,
    find_valid_until,
)
from eis.governance.policy import Policy

LATEST_LISTS = """
select distinct on (outcome) outcome, as_of_date, scored_at, drawn_up_at, model_id, list_rule
from ml.list_rules
order by outcome, as_of_date desc, scored_at desc, drawn_up_at desc
"""

PROPOSE = f"""
insert into governance.proposed_scores
select scores.officer_id, outcome, as_of_date, scores.model_id, cohort.unit_id, scores.score, scores.percentile,
    scores.rank, members.officer_id is not null, latest.list_rule, scored_at, latest.drawn_up_at, clock_timestamp()
from ({LATEST_LISTS}) as latest
inner join ml.scores using (outcome, as_of_date, scored_at)
left join ml.list_members as members using (outcome, as_of_date, scored_at, drawn_up_at, officer_id)
left join features.officer_cohort as cohort using (officer_id, as_of_date)
"""  # noqa: S608

PROPOSED = """
select
    outcome, as_of_date, scored_at, drawn_up_at, model_id, list_rule, count(*) as n_officers,
    count(*) filter (where is_on_list) as n_on_list, min(proposed_at) as proposed_at
from governance.proposed_scores
group by 1, 2, 3, 4, 5, 6
order by 1
"""


@dataclass(frozen=True)
class Decision:
    """What the gate said of one proposal; no checks where it is published already."""

    proposal: Proposal
    is_published: bool
    is_new: bool
    checks: list[Check]
    approval: str | None
    approved_by: str | None
    retraining_due: str | None

    @property
    def outcome(self) -> str:
        """What the scores are about."""
        return self.proposal.outcome

    @property
    def refusal(self) -> str | None:
        """Why not, in words."""
        return describe_refusal(self.checks)


def load_policy(connection: psycopg.Connection, policy: Policy, department: str, timezone: str) -> int:
    """Put the department's policy in force in the warehouse, with its grants; the version it has there."""
    content = policy.model_dump(mode="json") | {"department": department, "timezone": timezone}
    row = connection.execute("select governance.load_policy(%s)", [Jsonb(content)]).fetchone()
    return int(row[0]) if row else 0


def read_policy(connection: psycopg.Connection) -> tuple[int, Policy]:
    """The policy in force, with its version.

    Raises:
        EisError: none was loaded.
    """
    row = connection.execute(
        "select policy_version, content - 'department' - 'timezone' from governance.policy"
        " order by policy_version desc limit 1"
    ).fetchone()
    if row is None:
        raise EisError("No policy has been loaded into the warehouse. Run the line once: eis run")
    return int(row[0]), Policy.model_validate(row[1])


def propose(connection: psycopg.Connection) -> list[Proposal]:
    """Put the latest scoring of each outcome before the gate, unless it is there already."""
    with connection.transaction():
        proposed = list_proposals(connection)
        latest = connection.execute(LATEST_LISTS).fetchall()
        if [(p.outcome, p.as_of_date, p.scored_at, p.drawn_up_at, p.model_id, p.list_rule) for p in proposed] != latest:
            connection.execute("truncate governance.proposed_scores")
            connection.execute(PROPOSE)
            proposed = list_proposals(connection)
    return proposed


def list_proposals(connection: psycopg.Connection) -> list[Proposal]:
    """What is before the gate, by outcome."""
    with connection.cursor(row_factory=class_row(Proposal)) as cursor:
        return cursor.execute(PROPOSED).fetchall()


def decide_all(connection: psycopg.Connection) -> list[Decision]:
    """Let each proposal through the gate or refuse it; approve before, where the policy lets the run do so.

    Raises:
        EisError: no policy was loaded.
    """
    version, policy = read_policy(connection)
    with connection.transaction():
        connection.execute("select governance.delete_expired()")
        proposals = list_proposals(connection)
        for model_id in sorted({proposal.model_id for proposal in proposals}):
            connection.execute("select governance.approve_automatically(%s)", [model_id])
    gate = Gate(connection, policy)
    return [decide(gate, proposal, version) for proposal in proposals]


def decide(gate: Gate, proposal: Proposal, version: int) -> Decision:
    """One proposal: what was decided already stands, unless a refusal's reasons have changed."""
    connection = gate.connection
    with connection.transaction():
        connection.execute("set local synchronous_commit = on")
        connection.execute("select pg_advisory_xact_lock(hashtext('governance.published_lists'))")
        approval, approved_by = find_approval(connection, proposal.model_id)
        if is_published(connection, proposal):
            return Decision(proposal, True, False, [], approval, approved_by, None)
        checks = [check(gate, proposal) for check in CHECKS]
        due = find_retraining_due(gate, proposal)
        refusal = describe_refusal(checks)
        is_new = refusal is None or refusal != find_last_refusal(connection, proposal)
        if is_new:
            write_decision(gate, proposal, version, checks, due)
    return Decision(proposal, refusal is None, is_new, checks, approval, approved_by, due)


def is_published(connection: psycopg.Connection, proposal: Proposal) -> bool:
    """Whether this very scoring is the outcome's latest list, and was not withdrawn."""
    found = connection.execute(
        "select from governance.lists where outcome = %s and as_of_date = %s and scored_at = %s and drawn_up_at = %s"
        " and status in ('current', 'expired')",
        [proposal.outcome, proposal.as_of_date, proposal.scored_at, proposal.drawn_up_at],
    )
    return found.rowcount > 0


def find_last_refusal(connection: psycopg.Connection, proposal: Proposal) -> str | None:
    """What this scoring was refused for the last time that it was."""
    row = connection.execute(
        "select refusal, scored_at, drawn_up_at from governance.publication_decisions where outcome = %s"
        " order by decision_no desc limit 1",
        [proposal.outcome],
    ).fetchone()
    return row[0] if row and (row[1], row[2]) == (proposal.scored_at, proposal.drawn_up_at) else None


def write_decision(
    gate: Gate, proposal: Proposal, version: int, checks: list[Check], retraining_due: str | None
) -> None:
    """The decision, its entry in the audit log and, where it is a yes, the list with its scores."""
    connection = gate.connection
    refusal = describe_refusal(checks)
    standing = connection.execute(
        "select list_id from governance.lists where outcome = %s and status = 'current'", [proposal.outcome]
    ).fetchone()
    [decision_no] = connection.execute(
        """
        insert into governance.publication_decisions
            (outcome, as_of_date, scored_at, drawn_up_at, model_id, is_published, refusal, checks, retraining_due,
            policy_version, standing_list_id)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        returning decision_no
        """,
        [
            proposal.outcome,
            proposal.as_of_date,
            proposal.scored_at,
            proposal.drawn_up_at,
            proposal.model_id,
            refusal is None,
            refusal,
            Jsonb([asdict(check) for check in checks]),
            retraining_due,
            version,
            standing[0] if standing and refusal else None,
        ],
    ).fetchone() or [0]
    if refusal is None:
        write_list(connection, decision_no, proposal, gate.policy)
    connection.execute(
        "select governance.append_audit(%s, %s)",
        [
            "list_refused" if refusal else "list_published",
            Jsonb(
                {
                    "decision_no": decision_no,
                    "outcome": proposal.outcome,
                    "as_of_date": proposal.as_of_date.isoformat(),
                    "model_id": proposal.model_id,
                    "policy_version": version,
                    "refusal": refusal,
                }
            ),
        ],
    )


def write_list(connection: psycopg.Connection, list_id: int, proposal: Proposal, policy: Policy) -> None:
    """A list and its scores: valid for so many days from the as-of date, whenever they were computed."""
    approval, approved_by = find_approval(connection, proposal.model_id)
    connection.execute(
        """
        insert into governance.published_lists
            (list_id, outcome, as_of_date, scored_at, drawn_up_at, list_rule, model_id, approval, approved_by, clock,
            valid_until, review_due_on, n_officers, n_on_list)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,
            case when %s then least(governance.today() + %s, %s) end, %s, %s)
        """,
        [
            list_id,
            proposal.outcome,
            proposal.as_of_date,
            proposal.scored_at,
            proposal.drawn_up_at,
            proposal.list_rule,
            proposal.model_id,
            approval,
            approved_by,
            policy.clock,
            valid_until := find_valid_until(proposal, policy),
            proposal.outcome == policy.lists.outcome,  # the list that supervisors review
            policy.lists.review_days,
            valid_until,
            proposal.n_officers,
            proposal.n_on_list,
        ],
    )
    connection.execute(
        "insert into governance.published_scores"
        " select %s, officer_id, unit_id, score, percentile, rank, is_on_list"
        " from governance.proposed_scores where outcome = %s",
        [list_id, proposal.outcome],
    )


@dataclass(frozen=True)
class ListStatus:
    """The latest list of an outcome, and what the gate said last."""

    outcome: str
    as_of_date: dt.date | None
    status: str
    valid_until: dt.date | None
    n_officers: int | None
    n_on_list: int | None
    approval: str | None
    approved_by: str | None
    withdrawal_reason: str | None
    last_decided_at: dt.datetime
    refusal: str | None


def list_status(connection: psycopg.Connection) -> list[ListStatus]:
    """How each outcome stands."""
    with connection.cursor(row_factory=class_row(ListStatus)) as cursor:
        return cursor.execute(
            """
            select
                decisions.outcome, lists.as_of_date, coalesce(lists.status, 'none') as status, lists.valid_until,
                lists.n_officers, lists.n_on_list, lists.approval, lists.approved_by, lists.withdrawal_reason,
                decisions.decided_at as last_decided_at, decisions.refusal
            from (
                select distinct on (outcome) * from governance.publication_decisions order by outcome, decision_no desc
            ) as decisions
            left join (
                select distinct on (outcome) * from governance.lists order by outcome, list_id desc
            ) as lists using (outcome)
            order by decisions.outcome
            """
        ).fetchall()


def withdraw(connection: psycopg.Connection, outcome: str | None, reason: str) -> int:
    """Take back the current list of an outcome, or of all, as far as PostgreSQL lets the login; how many."""
    row = connection.execute("select governance.withdraw_lists(%s, %s)", [outcome, reason]).fetchone()
    return int(row[0]) if row else 0
