"""Who approves a model: the roles that the policy names, by PostgreSQL's word, and nobody else."""

from collections.abc import Callable

import psycopg
import pytest
from governed import Governed

REASON = "The backtest was read"
Command = Callable[..., tuple[int, str]]


@pytest.fixture
def proposed(governed: Governed) -> Governed:
    """A model on which nobody has decided, in a department where people approve."""
    governed.load(approval="manual")
    governed.score()
    for role in ("eis_command", "eis_scientist"):
        governed.enrol(f"{role}_1", role)
    return governed


def test_role_that_the_policy_names_approves(proposed: Governed, command: Command) -> None:
    code, shown = command("models", "approve", "m1", "--reason", REASON, login="eis_command_1")
    assert code == 0, shown
    assert "approved by eis_command_1" in shown
    assert proposed.ask("select model_id, decision, mode, decided_by, reason from governance.model_decisions") == [
        ("m1", "approved", "manual", "eis_command_1", REASON)
    ]
    [(actor, content)] = proposed.ask("select actor, content from governance.audit_log where action = 'model_approved'")
    assert actor == "eis_command_1"
    assert (content["model_id"], content["reason"], content["mode"]) == ("m1", REASON, "manual")


def test_how_an_identifier_begins_is_enough_also_for_who_may_not_read_the_registry(
    proposed: Governed, command: Command
) -> None:
    proposed.score("m23")
    code, shown = command("models", "approve", "m", "--reason", REASON, login="eis_command_1")
    assert code == 1
    assert "2 fitted models begin with m" in shown
    code, shown = command("models", "approve", "m2", "--reason", REASON, login="eis_command_1")
    assert code == 0, shown
    assert proposed.ask("select model_id from governance.model_decisions") == [("m23",)]


@pytest.mark.parametrize("login", ["eis_scientist_1", None])
def test_nobody_else_does_not_even_the_operator(proposed: Governed, command: Command, login: str | None) -> None:
    code, shown = command("models", "approve", "m1", "--reason", REASON, login=login)
    assert code == 1
    assert "may not approve" in shown or "permission denied" in shown
    assert proposed.number("select count(*) from governance.model_decisions") == 0


def test_postgresql_refuses_and_not_the_command(proposed: Governed) -> None:
    """The function itself, with its grant given away by mistake; and every way around the function."""
    proposed.connection.execute("grant execute on all functions in schema governance to eis_scientist")
    with proposed.as_login("eis_scientist_1") as person:
        for statement in (
            "select governance.approve_model('m1', 'The backtest was read')",
            "select governance.retire_model('m1', 'The backtest was read')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="policy version 2 names eis_command"):
                person.execute(statement)
        for statement in (
            "set role eis_command",
            "set session authorization eis_command",
            "insert into governance.model_decisions (model_id, decision, mode, decided_by, reason, policy_version)"
            " values ('m1', 'approved', 'manual', 'eis_command_1', 'x', 1)",
            "update governance.policy set content = '{}'",
            "create function pg_temp.lower(text) returns text language sql as 'select $1'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                person.execute(statement)


def test_who_is_named_follows_the_policy(proposed: Governed, command: Command) -> None:
    powers = proposed.policy.powers.model_dump() | {"approve": ["eis_scientist"]}
    proposed.load(approval="manual", powers=powers)
    assert command("models", "approve", "m1", "--reason", REASON, login="eis_command_1")[0] == 1
    assert command("models", "approve", "m1", "--reason", REASON, login="eis_scientist_1")[0] == 0


@pytest.mark.parametrize(
    ("model", "reason", "words"),
    [("m1", "ok", "A reason of at least ten letters"), ("m1", "          x", "A reason"), ("m9", REASON, "m9")],
)
def test_approval_without_reason_or_model_is_refused(
    proposed: Governed, command: Command, model: str, reason: str, words: str
) -> None:
    code, shown = command("models", "approve", model, "--reason", reason, login="eis_command_1")
    assert code == 1
    assert words in shown


def test_retired_model_is_not_approved_by_a_run_again(governed: Governed, command: Command) -> None:
    governed.score()
    assert governed.publish().approval == "automatic"
    code, shown = command("models", "retire", "m1", "--reason", "It was trained on wrong hours")
    assert code == 0, shown  # the safe direction is open to the operator
    assert command("models", "retire", "m1", "--reason", "It was trained on wrong hours")[0] == 1
    governed.score()
    decision = governed.publish()
    assert not decision.is_published
    assert "Model m1 is retired" in str(decision.refusal)


def test_models_are_listed_shown_and_compared(proposed: Governed, command: Command) -> None:
    proposed.score("m2")
    command("models", "approve", "m2", "--reason", REASON, login="eis_command_1")
    code, shown = command("models", "list")
    assert code == 0, shown
    assert "m1" in shown
    assert "eis_command_1 (manual)" in shown
    code, shown = command("models", "show", "m2")
    assert code == 0, shown
    assert REASON in shown
    assert "3.202" in shown  # the mean of its backtest
    code, shown = command("models", "compare", "m1", "m2")
    assert code == 0, shown
    assert "+0.000" in shown
    assert command("models", "show", "m")[1].endswith("2 models' identifiers begin with 'm'. See: eis models list")


@pytest.mark.parametrize(
    "name",
    [
        *("models approve", "models retire", "scores withdraw", "officer export", "audit verify"),
        *("reviews record", "reviews overdue", "interventions record", "interventions end"),
    ],
)
def test_help_teaches_by_example(command: Command, name: str) -> None:
    assert "Example" in command(*name.split(), "--help")[1]
