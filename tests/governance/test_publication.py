"""The publication gate: what it lets through, what it refuses and why, and what is current afterwards."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import psycopg
import pytest
from governed import Governed

from eis.governance import bounds, publication

Command = Callable[..., tuple[int, str]]
KEPT = "select max(entry_no) from governance.audit_log union all select count(*) from governance.publication_decisions"
CURRENT = "select count(*) from scores.current_officer_scores"


@pytest.fixture
def published(governed: Governed) -> Governed:
    """A list of December, and scores of January before the gate."""
    governed.connection.execute("delete from features.as_of_dates where as_of_date = '2026-01-01'")
    governed.score("m1", "2025-12-01")
    assert governed.publish().is_published
    governed.connection.execute("insert into features.as_of_dates values ('2026-01-01')")
    return governed


def current_list(governed: Governed) -> list[tuple[object, ...]]:
    return governed.ask(
        "select as_of_date::text, status, valid_until::text from governance.lists order by list_id desc limit 1"
    )


def test_list_is_stamped_with_how_it_came_to_be(governed: Governed) -> None:
    governed.score()
    decision = governed.publish()
    assert decision.is_published, decision.refusal
    assert {check.name for check in decision.checks} == {
        "inputs", "approval", "withdrawal", "month", "age", "performance", "drift", "fairness", "model_age",
    }  # fmt: skip
    rows = governed.ask(
        "select count(*), count(*) filter (where is_on_list), min(approval), min(approved_by), min(clock),"
        " min(valid_until)::text, max(rank) filter (where is_on_list) from scores.current_officer_scores"
    )
    # Valid from the as-of date on, although the scores were computed long after it.
    assert rows == [(90, 50, "automatic", "eis", "data", "2026-02-15", 50)]
    [(action, content)] = governed.ask(
        "select action, content from governance.audit_log order by entry_no desc limit 1"
    )
    assert (action, content["outcome"], content["refusal"]) == ("list_published", "adverse", None)


def test_only_the_list_that_supervisors_review_has_a_deadline(governed: Governed) -> None:
    governed.score()
    governed.publish()
    governed.load(lists={"outcome": "complaint"})
    governed.score("m2")
    governed.publish()
    deadlines = governed.ask("select review_due_on::text from governance.published_lists order by list_id")
    assert deadlines == [("2026-01-22",), (None,)]


def test_second_run_decides_nothing_anew(governed: Governed) -> None:
    governed.score()
    assert governed.publish().is_new
    entries = governed.number("select count(*) from governance.audit_log")
    assert not governed.publish().is_new
    governed.load()
    assert governed.number("select count(*) from governance.audit_log") == entries
    assert governed.number("select count(*) from governance.policy") == 1


def spoil_inputs(governed: Governed) -> None:
    governed.connection.execute(
        "insert into monitoring.validation_results values (gen_random_uuid(), 'raw', 'payroll', 1, 'e', null, 'a rule',"
        " 'critical', false, null, null, null, null, 0, '{}', 'f', now())"
    )


def retire(governed: Governed) -> None:
    governed.connection.execute("select governance.retire_model('m1', 'A test retires it')")


def lose_a_feed(governed: Governed) -> None:
    governed.connection.execute("delete from core.complaints where known_on >= '2025-12-01'")


def forget_baselines_lead(governed: Governed) -> None:
    governed.connection.execute("update ml.evaluations set value = 9 where model_group = 'count'")


def go_on(governed: Governed) -> None:
    governed.connection.execute("insert into features.as_of_dates values ('2026-02-01')")


def age_model(governed: Governed) -> None:
    governed.connection.execute("update ml.models set predict_as_of_date = '2024-12-01'")


def tilt_list(governed: Governed) -> None:
    governed.connection.execute(
        "update core.officers set race = case when substr(officer_id, 2)::int > 40 then 'black' else 'white' end"
    )


@dataclass(frozen=True)
class Fault:
    """What is wrong with January's scores, the one check that has to fail, and in which words."""

    check: str
    words: str
    spoil: Callable[[Governed], None] = lambda _: None
    policy: dict[str, dict[str, dict[str, float]] | dict[str, float] | str] = field(default_factory=dict)
    shift: float = 0.0
    ends_old_list: bool = False  # where today is past the last day of December's list


FAULTS = {
    "a table failed its rules": Fault("inputs", "Critical rules fail on raw.payroll", spoil_inputs),
    "model retired": Fault("approval", "Model m1 is retired", retire),
    "a feed is missing": Fault(
        "month",
        "core.complaints 0%",
        lose_a_feed,
        {"publication": {"data": {"max_age_days": 31, "min_volume_share": 0.5, "min_usual_rows": 10}}},
    ),
    "the next month is there": Fault("month", "there are features of 2026-02-01", go_on, ends_old_list=True),
    "the data are old": Fault("age", "The data are", policy={"clock": "calendar"}, ends_old_list=True),
    "counts do better": Fault("performance", "the best baseline (count) 9.000", forget_baselines_lead),
    "the scores moved": Fault(
        "drift", "Score PSI", policy={"publication": {"drift": {"max_score_psi": 0.01}}}, shift=0.5
    ),
    "one group fills the list": Fault("fairness", "race black", tilt_list),
    "the model is old": Fault(
        "model_age", "trained 13 months before", age_model, {"retraining": {"due_months": 1, "max_age_months": 12}}
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_refusal_says_why_and_leaves_the_last_list(published: Governed, name: str) -> None:
    fault = FAULTS[name]
    published.score("m1", shift=fault.shift)
    fault.spoil(published)
    published.load(**fault.policy)
    decision = published.publish()
    assert not decision.is_published
    assert fault.words in str(decision.refusal)
    assert fault.check in {check.name for check in decision.checks if check.passed is False}
    if not fault.ends_old_list:
        assert len([check for check in decision.checks if check.passed is False]) == 1
        assert current_list(published) == [("2025-12-01", "current", "2026-01-15")]
        assert published.number(CURRENT) == 90
    assert published.number("select count(*) from governance.published_lists") == 1
    [(refusal, standing)] = published.ask(
        "select refusal, standing_list_id from governance.publication_decisions order by decision_no desc limit 1"
    )
    assert refusal == decision.refusal
    assert (standing is None) == fault.ends_old_list
    assert not published.publish().is_new  # the same refusal is not written twice


def test_scores_are_not_current_before_they_are_validated(governed: Governed) -> None:
    governed.score()
    publication.propose(governed.connection)
    [decision] = publication.decide_all(governed.connection)
    assert "not validated" in str(decision.refusal)
    governed.validate(success=False)
    [decision] = publication.decide_all(governed.connection)
    assert "Critical rules fail on governance.proposed_scores" in str(decision.refusal)
    assert governed.number(CURRENT) == 0


def test_without_approval_nothing_is_published_and_with_it_at_once(governed: Governed, command: Command) -> None:
    governed.load(approval="manual")
    governed.enrol("eis_command_1", "eis_command")
    governed.score()
    assert "Model m1 is not approved" in str(governed.publish().refusal)
    assert command("scores", "publish")[0] == 1
    command("models", "approve", "m1", "--reason", "The backtest was read", login="eis_command_1")
    code, shown = command("scores", "publish")
    assert (code, shown) == (0, "adverse: published\n")
    assert governed.ask("select distinct approval, approved_by from scores.current_officer_scores") == [
        ("manual", "eis_command_1")
    ]


def test_expired_scores_vanish(published: Governed) -> None:
    assert published.number(CURRENT) == 90
    published.connection.execute("insert into features.as_of_dates values ('2026-02-01')")
    assert current_list(published) == [("2025-12-01", "expired", "2026-01-15")]
    assert published.number(CURRENT) == 0


def test_a_readers_clock_does_not_make_scores_last(enrolled: Governed) -> None:
    enrolled.load(clock="calendar")
    assert enrolled.number("select governance.today() = (now() at time zone 'America/New_York')::date")
    assert current_list(enrolled)[0][1] == "expired"


def test_withdrawn_lists_are_gone_at_once_and_do_not_come_back(enrolled: Governed, command: Command) -> None:
    code, shown = command("scores", "withdraw", "--reason", "Hours of last year", login="eis_supervisor_1")
    assert code == 1, shown
    assert enrolled.number(CURRENT) == 90
    code, shown = command("scores", "withdraw", "--reason", "Hours of last year", login="eis_auditor_1")
    assert (code, shown) == (0, "Withdrawn by eis_auditor_1: 1 list.\n")
    assert enrolled.number(CURRENT) == 0
    with enrolled.as_login("eis_supervisor_1") as person:
        assert person.execute("select * from scores.visible_officer_scores").fetchall() == []
    [(actor, content)] = enrolled.ask("select actor, content from governance.audit_log where action = 'list_withdrawn'")
    assert (actor, content["reason"]) == ("eis_auditor_1", "Hours of last year")
    decision = enrolled.publish()
    assert "withdrawn by eis_auditor_1 (Hours of last year)" in str(decision.refusal)
    assert enrolled.number(CURRENT) == 0
    code, shown = command("scores", "withdraw", "--reason", "Hours of last year")
    assert "nothing to withdraw" in shown
    code, shown = command("scores", "status")
    assert code == 0
    assert "withdrawn" in shown
    enrolled.score("m2")
    assert enrolled.publish().is_published
    assert enrolled.number(CURRENT) == 90


def test_publication_that_dies_half_way_leaves_nothing(published: Governed, monkeypatch: pytest.MonkeyPatch) -> None:
    published.score("m2")
    publication.propose(published.connection)
    published.validate()
    [proposal] = publication.list_proposals(published.connection)
    version, policy = publication.read_policy(published.connection)
    published.connection.execute("select governance.approve_automatically('m2')")
    before = published.ask(KEPT)
    write_list = publication.write_list

    def die(connection: psycopg.Connection, *arguments: object) -> None:
        write_list(connection, *arguments)  # type: ignore[arg-type]
        connection.execute("select pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(publication, "write_list", die)
    with psycopg.connect(published.url, autocommit=True) as dying, pytest.raises(psycopg.OperationalError):
        publication.decide(bounds.Gate(dying, policy), proposal, version)
    assert published.ask(KEPT) == before
    assert current_list(published) == [("2025-12-01", "current", "2026-01-15")]
    assert published.number("select count(distinct list_id) from governance.published_scores") == 1


def test_retraining_that_is_due_is_told_before_it_is_a_refusal(published: Governed) -> None:
    published.score("m1")
    published.connection.execute("update ml.models set predict_as_of_date = '2025-06-01'")
    decision = published.publish()
    assert decision.is_published
    assert decision.retraining_due == "trained 7 months before (due at 6)"


def test_noise_is_allowed_for_as_the_policy_says(governed: Governed) -> None:
    governed.score()
    publication.propose(governed.connection)
    [proposal] = publication.list_proposals(governed.connection)
    strict = governed.policy.publication.performance.model_copy(
        update={"min_ratio_to_best_baseline": 1.0, "standard_errors": 0.0}
    )

    def passes(**changes: object) -> bool | None:
        policy = governed.policy.model_copy(
            update={
                "publication": governed.policy.publication.model_copy(
                    update={"performance": strict.model_copy(update=changes)}
                )
            }
        )
        return bounds.check_performance(bounds.Gate(governed.connection, policy), proposal).passed

    governed.connection.execute(
        "update ml.evaluations set value = case when test_as_of_date = '2022-01-01' then 5.0 else 2.5 end"
        " where model_group = 'count'"
    )
    assert passes() is False
    assert passes(standard_errors=1.0) is True
    assert passes(min_ratio_to_best_baseline=0.9) is True
    assert passes(metric="recall") is False  # nothing measured is nothing shown


def test_psi_is_none_without_and_near_nothing_with_the_same_scores(published: Governed) -> None:
    published.score("m1")
    [proposal] = publication.propose(published.connection)
    same = bounds.measure_score_drift(published.connection, proposal)
    assert same is not None
    assert same < 0.01
    published.score("m1", shift=0.5)
    [proposal] = publication.propose(published.connection)
    assert bounds.measure_score_drift(published.connection, proposal) > 0.5
    first = replace(proposal, as_of_date=proposal.as_of_date.replace(year=2020))
    assert bounds.measure_score_drift(published.connection, first) is None
    of_another_model = replace(proposal, model_id="m2")
    assert bounds.measure_score_drift(published.connection, of_another_model) is None


def test_retention_deletes_old_scores_and_says_so(published: Governed) -> None:
    published.load(retention={"scores_months": 1})
    published.connection.execute("insert into features.as_of_dates values ('2026-03-01')")
    assert published.number("select governance.delete_expired()") == 90
    assert published.number("select count(*) from governance.published_scores") == 0
    [(content,)] = published.ask("select content from governance.audit_log where action = 'retention_applied'")
    assert content["published_scores"] == 90, json.dumps(content)
