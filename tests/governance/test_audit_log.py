"""The audit log: nobody changes it by an ordinary statement, and whoever forces it is found."""

from collections.abc import Callable

import psycopg
import pytest
from governed import Governed

from eis.governance.audit_log import Anchor, verify

FORCE = "set session_replication_role = replica;"  # a superuser can silence every trigger
REHASH = """
update governance.audit_log as entry set hash = governance.hash_entry(
    previous_hash, entry_no, recorded_at, actor, action, content) where entry_no = 3;
"""
REWRITE = """
delete from governance.audit_log where entry_no = 3;
update governance.audit_log set entry_no = entry_no - 1 where entry_no > 3;
do $$
declare
    one record;
    last_hash text := repeat('0', 64);
begin
    for one in select * from governance.audit_log order by entry_no loop
        update governance.audit_log set previous_hash = last_hash, hash = governance.hash_entry(
            last_hash, one.entry_no, one.recorded_at, one.actor, one.action, one.content)
        where entry_no = one.entry_no returning hash into last_hash;
    end loop;
    update governance.audit_head set entry_no = 4, hash = last_hash;
end
$$;
"""


@pytest.fixture
def log(governed: Governed) -> Governed:
    """Five entries."""
    for n in range(2, 6):
        governed.connection.execute(
            "select governance.append_audit('tested', jsonb_build_object('n', %s::int, 'words', E'two\\nlines'))", [n]
        )
    assert governed.number("select count(*) from governance.audit_log") == 5
    return governed


def test_whole_log_is_found_whole(log: Governed) -> None:
    found = verify(log.connection, [])
    assert (found.n_entries, found.faults) == (5, [])
    assert found.last_hash == log.number("select hash from governance.audit_head")


@pytest.mark.parametrize(
    "statement",
    ["update {} set action = 'x'", "delete from {} where false", "truncate {} cascade"],
)
@pytest.mark.parametrize(
    "table",
    ["policy", "audit_log", "model_decisions", "publication_decisions", "published_lists", "withdrawals"],
)
def test_ordinary_statements_are_refused_even_to_the_superuser(log: Governed, table: str, statement: str) -> None:
    text = statement.format(f"governance.{table}")
    if table != "audit_log":
        column = log.number(
            "select column_name from information_schema.columns where table_schema = 'governance'"
            " and table_name = %s and data_type = 'timestamp with time zone' limit 1",
            [table],
        )
        text = text.replace("action = 'x'", f"{column} = now()")
    assert log.number("select rolsuper from pg_roles where rolname = session_user")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        log.connection.execute(text)


@pytest.mark.parametrize(
    ("tampering", "words"),
    [
        ("update governance.audit_log set content = '{}' where entry_no = 3;", "Entry 3 (tested) was changed"),
        ("update governance.audit_log set actor = 'somebody' where entry_no = 5;", "Entry 5 (tested) was changed"),
        (
            "update governance.audit_log set recorded_at = recorded_at - interval '1 microsecond' where entry_no = 2;",
            "Entry 2 (tested) was changed",
        ),
        (
            "update governance.audit_log set content = '{}' where entry_no = 3;" + REHASH,
            "Entry 4 does not follow the entry before it",
        ),
        ("delete from governance.audit_log where entry_no = 3;", "Entry 3 is missing"),
        ("delete from governance.audit_log where entry_no in (2, 3);", "Entries 2 to 3 are missing"),
        ("delete from governance.audit_log where entry_no = 5;", "cut off"),
        ("delete from governance.audit_log;", "The log ends with entry 0, but its head says entry 5"),
        ("delete from governance.audit_head;", "its head is missing"),
        ("delete from governance.audit_log; delete from governance.audit_head;", "its head is missing"),
        (
            "update governance.audit_log set entry_no = 99 where entry_no = 2;"
            "update governance.audit_log set entry_no = 2 where entry_no = 3;"
            "update governance.audit_log set entry_no = 3 where entry_no = 99;",
            "Entry 2 does not follow the entry before it",
        ),
        (
            "insert into governance.audit_log select 6, recorded_at, actor, action, content, hash, 'f'"
            " from governance.audit_log where entry_no = 5;",
            "Entry 6 (tested) was changed",
        ),
    ],
)
def test_tampering_is_found_and_named(
    log: Governed, command: Callable[..., tuple[int, str]], tampering: str, words: str
) -> None:
    log.connection.execute(FORCE + tampering)
    code, shown = command("audit", "verify")
    assert code == 1
    assert "tampered with" in shown
    assert words in shown


def test_log_that_was_written_anew_is_found_by_an_anchor(log: Governed) -> None:
    noted = verify(log.connection, []).anchor
    log.connection.execute(FORCE + REWRITE)
    assert verify(log.connection, []).faults == []
    [fault] = verify(log.connection, [noted]).faults
    assert fault.startswith("Entry 5 is not the one that was noted earlier")


def test_each_check_leaves_an_anchor_that_the_next_one_looks_for(
    log: Governed, command: Callable[..., tuple[int, str]]
) -> None:
    code, shown = command("audit", "verify")
    assert (code, shown.startswith("5 entries, whole. Anchor: 5:")) == (0, True), shown
    anchor = shown.split("Anchor: ")[1].strip()
    assert Anchor.parse(anchor).hash == log.number("select hash from governance.audit_head")
    log.connection.execute(FORCE + REWRITE)
    code, shown = command("audit", "verify")
    assert code == 1
    assert "Entry 5 is not the one that was noted earlier" in shown
    assert command("audit", "verify", "--anchor", "nonsense")[0] == 1


class Busy:
    """A connection to a log that grows by an entry after each statement."""

    def __init__(self, log: Governed) -> None:
        self.log = log

    def execute(self, query: str) -> psycopg.Cursor:
        rows = self.log.connection.execute(query)
        self.log.connection.execute("select governance.append_audit('meanwhile', '{}')")
        return rows


def test_an_entry_that_is_made_meanwhile_is_no_tampering(log: Governed) -> None:
    found = verify(Busy(log), [])  # type: ignore[arg-type]
    assert (found.n_entries, found.faults) == (5, [])


def test_entries_made_at_once_make_one_chain(log: Governed) -> None:
    with psycopg.connect(log.url) as first, psycopg.connect(log.url) as second:
        first.execute("select governance.append_audit('first', '{}')")
        second.execute("set lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            second.execute("select governance.append_audit('second', '{}')")
        second.rollback()
        first.commit()
        second.execute("select governance.append_audit('second', '{}')")
        assert second.execute("show synchronous_commit").fetchone() == ("on",)
    assert verify(log.connection, []).faults == []
    assert log.ask("select action from governance.audit_log where entry_no > 5 order by 1") == [("first",), ("second",)]
