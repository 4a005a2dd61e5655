"""Each role, logged in with its password: what it reads, and that everything else fails."""

import json
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from governed import Governed

from eis.governance import access

Command = Callable[..., tuple[int, str]]

TABLES = {
    "ml.scores", "features.officer_cohort", "core.officers", "core.complaints", "monitoring.validation_results",
    "scores.officer_scores", "scores.current_officer_scores", "scores.visible_officer_scores", "identity.officer_names",
    "governance.audit_log", "governance.score_reads", "governance.lists", "governance.published_scores",
    "governance.proposed_scores", "governance.audit_head", "governance.policy", "governance.due_reviews",
    "governance.reviews",
}  # fmt: skip
RECORDS = {"governance.audit_log", "governance.score_reads", "governance.lists", "governance.policy"}
READS = {
    "eis_engineer": {"features.officer_cohort", "core.officers", "core.complaints", "monitoring.validation_results"},
    "eis_scientist": {"features.officer_cohort", "ml.scores", "monitoring.validation_results"},
    "eis_command": {"monitoring.validation_results", "scores.visible_officer_scores"} | RECORDS,
    "eis_supervisor": {"scores.visible_officer_scores"},
    "eis_auditor": {"monitoring.validation_results"} | RECORDS,
}
CHANGES = (
    "update governance.published_scores set score = 0",
    "delete from governance.score_reads",
    "insert into governance.audit_log values (99, now(), 'x', 'x', '{}', 'x', 'x')",
    "insert into governance.policy values (99, 'x', '{}')",
    "insert into governance.supervisor_units values ('eis_supervisor_1', 'U2')",
    "insert into governance.withdrawals values (1, 'x', 'x')",
    "select governance.append_audit('forged', '{}')",
    "select governance.load_policy('{}')",
    "select governance.approve_automatically('m1')",
    "select governance.decide_on_model('m1', 'retired', 'manual', 'A reason long enough')",
    "select governance.apply_access()",
    "select governance.delete_expired()",
    "alter table governance.audit_log disable trigger all",
    "drop schema governance cascade",
    "create table scores.mine (x int)",
    "create table public.mine (x int)",
    "create schema mine",
    "set role eis",
    "alter role eis_supervisor_1 superuser",
    "create role eis_other login",
    "copy (select 1) to program 'true'",
)


@pytest.mark.parametrize("role", READS)
def test_role_reads_what_the_policy_names_and_nothing_else(enrolled: Governed, role: str) -> None:
    enrolled.connection.execute("select governance.apply_access()")  # as the end of each dbt build does
    with enrolled.as_login(f"{role}_1") as person:
        readable = set()
        for table in TABLES:
            try:
                person.execute(f"select from {table} limit 1")
                readable.add(table)
            except psycopg.errors.InsufficientPrivilege:
                continue
    assert readable == READS[role]


@pytest.mark.parametrize("role", READS)
def test_role_changes_nothing(enrolled: Governed, role: str) -> None:
    with enrolled.as_login(f"{role}_1") as person:
        for statement in CHANGES:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                person.execute(statement)


@pytest.mark.parametrize("role", ["eis_engineer", "eis_scientist", "eis_auditor"])
@pytest.mark.parametrize("call", ["read_scores()", "read_scores(null, null, true)"])
def test_who_has_no_power_over_scores_calls_none_of_the_functions_that_return_them(
    enrolled: Governed, role: str, call: str
) -> None:
    with enrolled.as_login(f"{role}_1") as person, pytest.raises(psycopg.errors.InsufficientPrivilege):
        person.execute(f"select * from governance.{call}")


def test_readers_change_with_the_policy(enrolled: Governed) -> None:
    with enrolled.as_login("eis_scientist_1") as person:
        person.execute("select from ml.scores")
        enrolled.load(readers={"eis_scientist": ["monitoring"]})
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            person.execute("select from ml.scores")


def test_supervisor_sees_the_own_units_only(enrolled: Governed) -> None:
    with enrolled.as_login("eis_supervisor_1") as person:
        seen = person.execute("select distinct unit_id, count(*) over () from scores.visible_officer_scores").fetchall()
        assert seen == [("U1", 30)]
        assert person.execute("select count(*) from governance.read_scores('o1', 'Weekly review')").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="no current scores of officer o2"):
            person.execute("select * from governance.read_scores('o2', 'Weekly review')")
        with pytest.raises(psycopg.errors.CheckViolation, match="reason of at least ten letters"):
            person.execute("select * from governance.read_scores('o1')")


def test_command_staff_see_every_unit(enrolled: Governed) -> None:
    with enrolled.as_login("eis_command_1") as person:
        assert person.execute("select count(*) from scores.visible_officer_scores").fetchone() == (90,)


def test_rows_stay_hidden_even_where_the_table_is_granted_by_mistake(enrolled: Governed) -> None:
    enrolled.connection.execute("grant usage on schema scores to eis_supervisor")
    enrolled.connection.execute(
        "grant select on governance.published_scores, governance.lists, scores.officer_scores to eis_supervisor"
    )
    with enrolled.as_login("eis_supervisor_1") as person:
        for table in ("governance.published_scores", "scores.officer_scores"):
            assert person.execute(f"select count(*) from {table}").fetchone() == (30,)


@pytest.mark.parametrize("login", ["eis_supervisor_1", "eis_command_1"])
@pytest.mark.parametrize("listed", [True, False])
def test_who_asks_for_the_listed_or_the_others_sees_them_alone_and_they_alone_are_on_record(
    enrolled: Governed, login: str, listed: bool
) -> None:
    with enrolled.as_login(login) as person:
        everybody = person.execute("select * from governance.read_scores()").fetchall()
        enrolled.connection.execute("delete from governance.score_reads")
        seen = person.execute("select * from governance.read_scores(null, null, %s)", [listed]).fetchall()
    assert seen == [row for row in everybody if row[8] == listed]
    assert 0 < len(seen) < len(everybody)
    recorded = enrolled.ask("select officer_id from governance.score_reads where login = %s and via = 'list'", [login])
    assert sorted(recorded) == sorted({(officer,) for officer, *_ in seen})


def test_an_officer_of_two_lists_is_seen_on_both_by_the_unit_of_either(enrolled: Governed) -> None:
    """A list that stands on from an earlier month knows the officer in the unit of that month."""
    enrolled.connection.execute("set session_replication_role = replica")
    enrolled.connection.execute(
        "insert into governance.publication_decisions (outcome, as_of_date, scored_at, drawn_up_at, model_id,"
        " is_published, checks, policy_version) select 'other', as_of_date, scored_at, drawn_up_at, model_id, true,"
        " checks, policy_version from governance.publication_decisions where is_published limit 1"
    )
    enrolled.connection.execute(
        "insert into governance.published_lists select d.decision_no, 'other', l.as_of_date, l.scored_at,"
        " l.drawn_up_at, list_rule, l.model_id, approval, approved_by, clock, valid_until, review_due_on, 1, 1"
        " from governance.published_lists as l, governance.publication_decisions as d where d.outcome = 'other'"
    )
    enrolled.connection.execute(  # o88 is on the first list, in unit U1
        "insert into governance.published_scores select list_id, 'o88', 'U2', 0.1, 0.1, 90, false"
        " from governance.published_lists where outcome = 'other'"
    )
    enrolled.connection.execute("set session_replication_role = origin")
    with enrolled.as_login("eis_supervisor_1") as person:
        place = (
            "select outcome, unit_id, is_on_list from governance.read_scores(null, null, %s) where officer_id = 'o88'"
        )
        assert person.execute(place, [True]).fetchall() == [("adverse", "U1", True)]
        assert person.execute(place, [False]).fetchall() == [("other", "U2", False)]


def test_every_read_is_on_record_even_if_it_is_rolled_back(enrolled: Governed, server_home: Path) -> None:
    with enrolled.as_login("eis_supervisor_1") as person:
        person.execute("select * from scores.visible_officer_scores")
        person.execute("select * from governance.read_scores('o4', 'Weekly review')")
        with person.transaction(force_rollback=True):
            person.execute("select * from governance.read_scores('o7', 'Weekly review')")
        person.execute("set default_transaction_read_only = on")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            person.execute("select * from scores.visible_officer_scores")
    reads = "select count(*) from governance.score_reads where login = 'eis_supervisor_1' and via = %s"
    assert enrolled.number(reads, ["list"]) == 30
    assert enrolled.ask("select officer_id, purpose from governance.score_reads where via = 'officer'") == [
        ("o4", "Weekly review")
    ]
    log = (server_home / "postgres" / "server.log").read_text()
    assert "governance: eis_supervisor_1 read the scores of officers {o7}" in log


def test_units_follow_the_roster(enrolled: Governed, command: Command) -> None:
    code, shown = command("access", "units", "eis_supervisor_1", "--officer", "o1")
    assert (code, shown) == (0, "eis_supervisor_1 sees U0.\n")
    enrolled.connection.execute("update core.assignments set supervisor_id = 'o1' where unit_id = 'U2'")
    access.refresh_units(enrolled.connection)
    assert enrolled.ask("select unit_id from governance.supervisor_units") == [("U0",), ("U2",)]
    enrolled.connection.execute("update core.assignments set supervisor_id = 'o5'")
    access.refresh_units(enrolled.connection)
    assert enrolled.ask("select unit_id from governance.supervisor_units") == []
    assert enrolled.number("select count(*) from governance.audit_log where action = 'units_given'") == 4


def test_a_unit_without_anybody_to_score_is_seen_too(enrolled: Governed, command: Command) -> None:
    """The roster knows units, of civilians for one, that are in no cohort; they must not stop a run's publication."""
    command("access", "units", "eis_supervisor_1", "--officer", "o1")
    enrolled.connection.execute("update core.assignments set unit_id = 'U9' where officer_id = 'o3'")
    access.refresh_units(enrolled.connection)
    assert enrolled.ask("select unit_id from governance.supervisor_units") == [("U0",), ("U9",)]
    assert command("access", "units", "eis_supervisor_1", "--officer", "o1") == (0, "eis_supervisor_1 sees U0, U9.\n")


def test_who_is_no_supervisor_any_more_has_no_units(enrolled: Governed, command: Command) -> None:
    command("access", "units", "eis_supervisor_1", "--officer", "o1")
    command("access", "add", "eis_supervisor_1", "--role", "eis_command")
    assert enrolled.ask("select unit_id from governance.supervisor_units") == []


def test_units_left_to_who_is_no_supervisor_any_more_stop_nothing(enrolled: Governed, command: Command) -> None:
    """Earlier versions left them."""
    command("access", "units", "eis_supervisor_1", "--officer", "o1")
    enrolled.connection.execute("update governance.logins set role = 'eis_command' where login = 'eis_supervisor_1'")
    enrolled.connection.execute("update core.assignments set supervisor_id = 'o1' where unit_id = 'U2'")
    access.refresh_units(enrolled.connection)
    assert enrolled.ask("select unit_id from governance.supervisor_units") == [("U0",)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("access", "units", "eis_supervisor_1", "--unit", "U9"), "No officer was ever in unit U9"),
        (("access", "units", "eis_supervisor_1", "--officer", "o77"), "nobody's supervisor"),
        (("access", "units", "eis_command_1", "--unit", "U1"), "no supervisor's login"),
        (("access", "units", "eis_supervisor_1"), "Name the units"),
        (("access", "add", "postgres", "--role", "eis_command"), "cannot be a login"),
        (("access", "add", "eis_command", "--role", "eis_command"), "cannot be a login"),
        (("access", "add", "eis_x", "--role", "eis_bi"), "not a role for people"),
        (("access", "remove", "eis_nobody"), "There is no login eis_nobody"),
    ],
)
def test_faults_of_access_are_told(
    enrolled: Governed, command: Command, arguments: tuple[str, ...], words: str
) -> None:
    code, shown = command(*arguments)
    assert code == 1
    assert words in shown


def test_login_is_made_once_with_a_password_of_its_own_and_closed_at_once(
    governed: Governed, command: Command, server_home: Path
) -> None:
    code, shown = command("access", "add", "eis_alice", "--role", "eis_command")
    assert code == 0
    url = shown.strip().removeprefix("EIS_USER_URL=")
    with psycopg.connect(url, autocommit=True) as person:
        assert person.pgconn.used_password
        assert person.execute("select session_user").fetchone() == ("eis_alice",)
        assert command("access", "remove", "eis_alice")[0] == 0
        with pytest.raises(psycopg.OperationalError):
            person.execute("select 1")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    password = url.split(":")[2].split("@")[0]
    assert password not in (server_home / "postgres" / "server.log").read_text()
    assert governed.ask("select action, content ->> 'login' from governance.audit_log where action like 'login%'") == [
        ("login_opened", "eis_alice"),
        ("login_closed", "eis_alice"),
    ]
    assert password not in str(governed.ask("select * from governance.audit_log"))


def test_login_of_one_department_does_not_reach_another(enrolled: Governed) -> None:
    enrolled.connection.execute("drop database if exists eis_elsewhere")
    enrolled.connection.execute("create database eis_elsewhere")
    enrolled.connection.execute("revoke all on database eis_elsewhere from public")
    url = access.login_url(
        enrolled.connection, "eis_command_1", enrolled.passwords["eis_command_1"], "127.0.0.1",
        str(enrolled.connection.info.port),
    )  # fmt: skip
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(url.replace("/eis_demo", "/eis_elsewhere"))


class TestOfficer:
    def test_auditor_exports_all_that_is_held(self, enrolled: Governed, command: Command, tmp_path: Path) -> None:
        with enrolled.as_login("eis_command_1") as person:
            person.execute("select * from scores.visible_officer_scores")
        asked = ("officer", "export", "o4", "--reason", "Asked for by the officer")
        code, shown = command(*asked, login="eis_auditor_1")
        assert code == 0, shown
        everything = json.loads(shown)
        assert set(everything) == {
            "core.assignments", "core.complaints", "core.officers", "features.officer_cohort",
            "governance.proposed_scores", "governance.published_scores", "governance.score_reads", "ml.reasons",
            "ml.scores",
        }  # fmt: skip
        assert {row["officer_id"] for rows in everything.values() for row in rows} == {"o4"}
        assert everything["governance.score_reads"][0]["login"] == "eis_command_1"
        [(actor, content)] = enrolled.ask(
            "select actor, content from governance.audit_log where action = 'officer_exported'"
        )
        assert (actor, content["officer_id"], content["reason"]) == ("eis_auditor_1", "o4", "Asked for by the officer")
        code, shown = command(*asked, "--csv", str(tmp_path / "o4"), login="eis_auditor_1")
        assert code == 0, shown
        assert (tmp_path / "o4" / "core.officers.csv").read_text() == "sex,race,officer_id\nmale,black,o4\n"
        assert (tmp_path / "o4").stat().st_mode & 0o777 == 0o700

    @pytest.mark.parametrize("login", ["eis_command_1", "eis_supervisor_1", None])
    def test_others_do_not(self, enrolled: Governed, command: Command, login: str | None) -> None:
        code, shown = command("officer", "export", "o4", "--reason", "Asked for by the officer", login=login)
        assert code == 1
        assert "permission denied" in shown or "may not export" in shown
        assert enrolled.number("select count(*) from governance.audit_log where action = 'officer_exported'") == 0

    def test_names_live_apart_and_are_seen_by_whom_the_policy_lets(
        self, enrolled: Governed, command: Command, tmp_path: Path
    ) -> None:
        file = tmp_path / "names.csv"
        file.write_text("officer_id,full_name\no1,Ada Example\no4,Bo Example\n")
        assert command("officer", "names", str(file)) == (0, "2 names.\n")
        query = "select full_name from scores.visible_officer_scores where officer_id = 'o1'"
        with enrolled.as_login("eis_supervisor_1") as person:
            assert person.execute(query).fetchone() == ("Ada Example",)
            enrolled.load(powers={"read_names": ["eis_command"]})
            assert person.execute(query).fetchone() == (None,)
        file.write_text("officer_id,full_name\no1,Ada Example\nzz,Nobody\n")
        code, shown = command("officer", "names", str(file))
        assert (code, "line 3: there is no officer 'zz'" in shown) == (1, True)
        assert enrolled.number("select count(*) from identity.officer_names") == 2

    def test_names_as_excel_saves_them(self, enrolled: Governed, command: Command, tmp_path: Path) -> None:
        file = tmp_path / "names.csv"
        file.write_text("officer_id,full_name\no1,Zoë Example\n", encoding="utf-8-sig")
        assert command("officer", "names", str(file)) == (0, "1 names.\n")
        file.write_text("officer_id,full_name\no1,Zoë Example\n", encoding="cp1252")
        code, shown = command("officer", "names", str(file))
        assert (code, "not UTF-8 text" in shown) == (1, True)


def test_functions_with_their_owners_rights_pin_their_search_path_and_are_closed_to_the_public(
    enrolled: Governed,
) -> None:
    functions = enrolled.ask(
        "select proname, prosecdef, proconfig, has_function_privilege('public', oid, 'execute') from pg_proc"
        " where pronamespace = 'governance'::regnamespace"
    )
    assert len(functions) > 20
    for name, _, settings, is_public in functions:
        assert settings == ["search_path=pg_catalog, pg_temp"], name
        assert not is_public, name


def test_objects_of_a_caller_do_not_stand_in_for_ours(enrolled: Governed) -> None:
    """What a temporary schema could shadow, for a login that may make temporary tables."""
    enrolled.connection.execute("grant temporary on database eis_demo to eis_supervisor_1")
    with enrolled.as_login("eis_supervisor_1") as person:
        person.execute("create temporary table supervisor_units as select 'eis_supervisor_1' as login, 'U2' as unit_id")
        person.execute("set search_path = pg_temp, governance, public")
        assert person.execute("select distinct unit_id from scores.visible_officer_scores").fetchall() == [("U1",)]
    enrolled.connection.execute("revoke temporary on database eis_demo from eis_supervisor_1")
