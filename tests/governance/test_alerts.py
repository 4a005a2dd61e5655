"""Alerts and proposals: entered once, closed by a measurement or by a person, never changed."""

from collections.abc import Callable

import psycopg
import pytest
from governed import Governed

from eis.governance.alerts import read_signals

REASON = "The payroll feed came a week late"
Command = Callable[..., tuple[int, str]]

# What building the tables of monitoring leaves behind, as far as entering looks at it.
WATCHED = """
create table if not exists monitoring.signals (
    signal text, subject text, as_of_date date, is_current boolean, state text, value float, bound float, finding text
);
create table if not exists monitoring.champion_challenger (
    outcome text, champion text, contender text, contender_model_id text, n_lists int, found_more float,
    is_winning boolean
);
create or replace view monitoring.alerts as
select *, status = 'open' and due_on < governance.today() as is_overdue from governance.alert_register;
"""


@pytest.fixture
def watched(governed: Governed) -> Governed:
    governed.connection.execute(WATCHED)
    governed.connection.execute("select governance.apply_access()")
    return governed


def measure(watched: Governed, state: str, day: str = "2026-01-01", signal: str = "input_volume") -> int:
    """One signal, as a run finds it; how many alerts were opened."""
    watched.connection.execute("delete from monitoring.signals")
    watched.connection.execute(
        "insert into monitoring.signals values (%s, 'core.shifts', %s, true, %s, 0.1, %s, '10 rows, usual are 100')",
        [signal, day, state, 0.5 if state == "beyond" else None],
    )
    n = watched.number("select governance.raise_alerts()")
    assert isinstance(n, int)
    return n


def count_open(watched: Governed) -> object:
    return watched.number("select count(*) from monitoring.alerts where status = 'open'")


def test_an_alert_has_the_policys_owner_and_day_and_is_opened_once(watched: Governed) -> None:
    assert [measure(watched, "beyond"), measure(watched, "beyond"), measure(watched, "beyond", "2026-02-01")] == [
        1,
        0,
        0,
    ]
    bounds = watched.policy.monitoring.signals["input_volume"]
    assert watched.ask(
        "select signal, subject, as_of_date::text, value, bound, owner, due_on - opened_on,"
        " opened_on = governance.today(), policy_version, status from monitoring.alerts"
    ) == [("input_volume", "core.shifts", "2026-01-01", 0.1, 0.5, bounds.owner, bounds.due_days, True, 1, "open")]


@pytest.mark.parametrize("state", ["within", "not judged"])
def test_nothing_is_opened_without_a_breach(watched: Governed, state: str) -> None:
    assert measure(watched, state) == 0
    assert count_open(watched) == 0


def test_what_is_not_current_is_no_alert(watched: Governed) -> None:
    measure(watched, "within")
    watched.connection.execute("update monitoring.signals set state = 'beyond', is_current = false")
    assert watched.number("select governance.raise_alerts()") == 0


def test_within_the_bound_again_closes_and_a_later_breach_opens_another(watched: Governed) -> None:
    measure(watched, "beyond")
    measure(watched, "not judged", "2026-02-01")
    assert count_open(watched) == 1
    measure(watched, "within", "2026-03-01")
    [(by, why)] = watched.ask("select closed_by, closed_because from monitoring.alerts")
    assert by == watched.connection.info.user
    assert str(why).startswith("Within its bound again at 2026-03-01.")
    assert measure(watched, "beyond", "2026-04-01") == 1
    assert watched.number("select count(*) from monitoring.alerts") == 2


class TestClosing:
    def test_by_a_role_that_the_policy_names_is_in_the_audit_log_and_holds_for_the_month(
        self, watched: Governed, command: Command
    ) -> None:
        measure(watched, "beyond")
        [(number,)] = watched.ask("select alert_id from monitoring.alerts")
        watched.enrol("eis_scientist_1", "eis_scientist")
        code, shown = command("alerts", "list", login="eis_scientist_1")
        assert code == 0, shown
        assert "core.shifts" in shown
        code, shown = command("alerts", "close", str(number), "--reason", REASON, login="eis_scientist_1")
        assert code == 0, shown
        assert watched.ask("select status, closed_by, closed_because from monitoring.alerts") == [
            ("closed", "eis_scientist_1", REASON)
        ]
        [(actor, content)] = watched.ask(
            "select actor, content from governance.audit_log where action = 'alert_closed'"
        )
        assert (actor, content["alert_id"], content["reason"]) == ("eis_scientist_1", number, REASON)
        assert measure(watched, "beyond") == 0
        assert measure(watched, "beyond", "2026-02-01") == 1
        assert "No alert" not in command("alerts", "list", "--all")[1]

    def test_by_a_person_does_not_bring_it_within_its_bound(self, watched: Governed, command: Command) -> None:
        measure(watched, "beyond")
        command("alerts", "close", "1", "--reason", REASON)
        state = read_signals(watched.connection)["input_volume"]
        assert state.describe() == (
            "0 measured and within bounds, 1 beyond, with their alerts closed, 0 too small to judge."
        )

    def test_by_another_role_is_refused(self, watched: Governed, command: Command) -> None:
        measure(watched, "beyond")
        watched.enrol("eis_auditor_1", "eis_auditor")
        code, shown = command("alerts", "close", "1", "--reason", REASON, login="eis_auditor_1")
        assert code == 1
        assert "permission denied" in shown or "may not close alerts" in shown
        assert count_open(watched) == 1

    @pytest.mark.parametrize(
        ("number", "reason", "words"), [("7", REASON, "no open alert 7"), ("1", "ok", "ten letters")]
    )
    def test_of_nothing_or_without_a_reason_is_refused(
        self, watched: Governed, command: Command, number: str, reason: str, words: str
    ) -> None:
        measure(watched, "beyond")
        code, shown = command("alerts", "close", number, "--reason", reason)
        assert code == 1
        assert words in shown
        assert count_open(watched) == 1

    @pytest.mark.parametrize("table", ["alerts", "alert_closures", "challenger_proposals"])
    def test_nothing_is_changed_afterwards(self, watched: Governed, table: str) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            watched.connection.execute(f"delete from governance.{table}")


class TestChallenger:
    @pytest.fixture
    def won(self, watched: Governed) -> Governed:
        """A champion that scores and a challenger that has won against it."""
        watched.score("m1")
        watched.connection.execute(
            "insert into ml.models (model_id, outcome, model_group, is_baseline, predict_as_of_date, artefact_sha256)"
            " values ('m2', 'adverse', 'blend', false, '2026-01-01', 'a');"
            " insert into ml.challengers values ('m2', 'adverse', 'blend');"
            " insert into monitoring.champion_challenger values ('adverse', 'logistic', 'blend', 'm2', 5, 12, true),"
            " ('adverse', 'logistic', 'scorecard', 'm3', 5, 2, false)"
        )
        return watched

    def test_is_proposed_once_and_promoted_never(self, won: Governed, command: Command) -> None:
        assert won.number("select governance.propose_challengers()") == 1
        assert won.number("select governance.propose_challengers()") == 0
        assert won.ask(
            "select challenger, champion, challenger_model_id, n_lists from governance.challenger_proposals"
        ) == [("blend", "logistic", "m2", 5)]
        [(content,)] = won.ask("select content from governance.audit_log where action = 'challenger_proposed'")
        assert (content["challenger"], content["found_more"]) == ("blend", 12)
        assert won.number("select count(*) from governance.model_decisions where model_id = 'm2'") == 0
        assert won.publish().proposal.model_id == "m1"

    def test_shows_in_the_list_of_models(self, won: Governed, command: Command) -> None:
        states = {line.split()[0]: line for line in command("models", "list")[1].splitlines() if line.startswith("  m")}
        assert "in shadow" in states["m2"]
        assert "won against" not in states["m2"]
        won.connection.execute("select governance.propose_challengers()")
        states = {line.split()[0]: line for line in command("models", "list")[1].splitlines() if line.startswith("  m")}
        assert "won against logistic on 5 lists" in states["m2"]
        assert "in shadow" not in states["m1"]
