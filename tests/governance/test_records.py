"""Contested records: who marks them, what is refused, and that nothing of them is kept."""

from collections.abc import Callable

import psycopg
import pytest
from governed import Governed

Command = Callable[..., tuple[int, str]]
COMMAND = "eis_command_1"
KEY = "A-2041"
WHY = ("--authority", "Court order 26-113", "--reason", "Sealed by the court")


@pytest.fixture
def contested(governed: Governed) -> Governed:
    """Records with their keys where core tables have them: in the first column."""
    governed.enrol(COMMAND, "eis_command")
    governed.connection.execute("insert into core.stops values (%s), ('A-1')", [KEY])
    return governed


def test_what_is_kept_is_that_it_happened_and_not_which_record_it_was(contested: Governed, command: Command) -> None:
    code, shown = command("records", "expunge", "stops", KEY, *WHY, login=COMMAND)
    assert code == 0, shown
    [mark] = contested.ask(
        "select table_name, record_hash, mark, authority, reason, marked_by from governance.record_marks"
    )
    digest = contested.number("select governance.hash_record('stops', %s)", [KEY])
    assert mark == ("stops", digest, "expunged", WHY[1], WHY[3], COMMAND)
    [(actor, content)] = contested.ask(
        "select actor, content from governance.audit_log where action = 'record_expunged'"
    )
    assert actor == COMMAND
    assert content == {
        "mark_no": 1, "table": "stops", "record_hash": digest, "authority": WHY[1], "reason": WHY[3],
    }  # fmt: skip
    for table in ("record_marks", "audit_log"):
        assert KEY not in str(contested.ask(f"select * from governance.{table}"))
    code, shown = command("records", "list", login=COMMAND)
    assert (code, digest[:12] in shown, KEY in shown) == (0, True, False)


def test_the_hash_tells_nothing_without_the_secret(contested: Governed) -> None:
    hashes = "select governance.hash_record('stops', %s), governance.hash_record('shifts', %s)"
    before = contested.ask(hashes, [KEY, KEY])[0]
    assert len(set(before)) == 2
    contested.connection.execute("update governance.record_secret set secret = '\\x00'")
    assert not set(before) & set(contested.ask(hashes, [KEY, KEY])[0])
    with contested.as_login(COMMAND) as person:
        for statement in ("select governance.hash_record('stops', 'A-1')", "select from governance.record_secret"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                person.execute(statement)


def test_only_roles_that_the_policy_names_mark(contested: Governed, command: Command) -> None:
    contested.enrol("eis_engineer_1", "eis_engineer")
    for login in ("eis_engineer_1", None):
        code, shown = command("records", "expunge", "stops", KEY, *WHY, login=login)
        assert code == 1
        assert "permission denied" in shown or "may not mark records" in shown
    assert contested.number("select count(*) from governance.record_marks") == 0


def test_faults_are_told(contested: Governed, command: Command) -> None:
    def mark(what: str, *arguments: str) -> str:
        return command("records", what, *arguments, login=COMMAND)[1]

    assert "core.stops has no record A-9" in mark("expunge", "stops", "A-9", *WHY)
    assert "There is no table core.stips" in mark("dispute", "stips", KEY, *WHY)
    assert "A reason of at least ten letters" in mark("dispute", "stops", KEY, *WHY[:3], "ok")
    assert "An authority is needed" in mark("dispute", "stops", KEY, "--authority", " ", *WHY[2:])
    assert "neither disputed nor expunged already" in mark("restore", "stops", KEY, *WHY)
    assert mark("dispute", "stops", KEY, *WHY).startswith("Mark 1: disputed")
    assert "is disputed already" in mark("dispute", "stops", KEY, *WHY)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        contested.connection.execute("delete from governance.record_marks")


def test_the_latest_mark_holds_also_once_the_record_is_gone(contested: Governed, command: Command) -> None:
    marks = "select mark, authority from governance.current_marks"
    for what in ("dispute", "expunge"):
        assert command("records", what, "stops", KEY, *WHY, login=COMMAND)[0] == 0
    contested.connection.execute("delete from core.stops")  # as the next build does
    assert contested.ask(marks) == [("expunged", WHY[1])]
    again = ("--authority", "Appeal 26-2", "--reason", "It was another record")
    assert command("records", "restore", "stops", KEY, *again, login=COMMAND)[0] == 0
    assert contested.ask(marks) == [("stands", "Appeal 26-2")]
