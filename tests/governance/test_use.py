"""Reviews and interventions: who enters them, what is refused, what is overdue."""

from collections.abc import Callable

import psycopg
import pytest
from governed import Governed

Command = Callable[..., tuple[int, str]]

# Officers 41 to 90 are on the list (governed.score); the supervisor's unit U1 has those whose number leaves 1 by 3.
OWN, NOT_LISTED, OTHER_UNIT = "o88", "o40", "o89"
REVIEW = ("reviews", "record", OWN, "--agree", "--holds", "1", "--doubt", "2", "--action", "counselling")
SUPERVISOR = "eis_supervisor_1"


def say(*changes: str, officer: str = OWN) -> tuple[str, ...]:
    return ("reviews", "record", officer, *changes)


def let_days_pass(governed: Governed, day: str) -> None:
    """The demo's today is the last as-of date."""
    governed.connection.execute("insert into features.as_of_dates values (%s)", [day])


def test_supervisor_reviews_a_listed_officer_of_the_own_unit(enrolled: Governed, command: Command) -> None:
    code, shown = command(*REVIEW, login=SUPERVISOR)
    assert (code, shown) == (0, f"Review 1 of officer {OWN} by {SUPERVISOR}.\n")
    assert enrolled.ask(
        "select officer_id, unit_id, agrees, action, reviewed_by, reviewed_on::text from governance.reviews"
    ) == [(OWN, "U1", True, "counselling", SUPERVISOR, "2026-01-01")]
    reasons = "select reason_rank, measure, agrees from governance.review_reasons order by 1"
    assert enrolled.ask(reasons) == [(1, "m1", True), (2, "m2", False)]
    [(actor, content)] = enrolled.ask(
        "select actor, content from governance.audit_log where action = 'officer_reviewed'"
    )
    assert actor == SUPERVISOR
    assert content == {"review_no": 1, "list_id": 1, "agrees": True, "action": "counselling"}


@pytest.mark.parametrize("officer", [OTHER_UNIT, NOT_LISTED, "nobody"])
def test_of_others_nothing_is_told_not_even_whether_they_are_listed(
    enrolled: Governed, command: Command, officer: str
) -> None:
    code, shown = command(*say("--agree", "--action", "training", officer=officer), login=SUPERVISOR)
    assert code == 1
    assert f"has no officer {officer} to review" in shown
    assert enrolled.number("select count(*) from governance.reviews") == 0


@pytest.mark.parametrize("login", ["eis_engineer_1", "eis_scientist_1", "eis_auditor_1", None])
def test_roles_that_the_policy_does_not_name_review_nobody(
    enrolled: Governed, command: Command, login: str | None
) -> None:
    code, shown = command(*REVIEW, login=login)
    assert code == 1
    assert "permission denied" in shown or "may not review" in shown


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (("--agree", "--holds", "1", "--action", "training"), "are 1, 2, and 1 were judged"),
        (
            ("--agree", "--holds", "1", "--holds", "2", "--doubt", "2", "--action", "training"),
            "and 1, 2, 2 were judged",
        ),
        (("--agree", "--holds", "1", "--holds", "2", "--action", "none"), "A reason of at least ten letters"),
        (
            ("--agree", "--holds", "1", "--holds", "2", "--action", "training", "--why-none", "There is no need"),
            "violates check constraint",
        ),
    ],
)
def test_a_review_says_of_each_reason_whether_it_holds_and_why_nothing_follows(
    enrolled: Governed, command: Command, changes: tuple[str, ...], words: str
) -> None:
    code, shown = command(*say(*changes), login=SUPERVISOR)
    assert code == 1
    assert words in shown


def test_an_expired_or_withdrawn_list_is_not_reviewed(enrolled: Governed, command: Command) -> None:
    let_days_pass(enrolled, "2026-03-01")
    code, shown = command(*REVIEW, login=SUPERVISOR)
    assert (code, "to review" in shown) == (1, True)


def test_reviews_and_interventions_are_never_changed(enrolled: Governed, command: Command) -> None:
    assert command(*REVIEW, login=SUPERVISOR)[0] == 0
    for statement in ("update governance.reviews set agrees = false", "delete from governance.review_reasons"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            enrolled.connection.execute(statement)
    with enrolled.as_login(SUPERVISOR) as person, pytest.raises(psycopg.errors.InsufficientPrivilege):
        person.execute("select from governance.reviews")


def test_each_login_sees_what_is_due_in_its_units_and_that_is_on_record(enrolled: Governed, command: Command) -> None:
    due = "select count(*), count(distinct unit_id) from governance.read_reviews()"
    expected = {"eis_supervisor_1": (16, 1), "eis_command_1": (50, 3), "eis_auditor_1": (50, 3)}
    for login, counts in expected.items():
        with enrolled.as_login(login) as person:
            assert person.execute(due).fetchone() == counts
    reads = "select count(*) from governance.score_reads where via = 'reviews' and login = 'eis_supervisor_1'"
    assert enrolled.number(reads) == 16
    with enrolled.as_login("eis_scientist_1") as person, pytest.raises(psycopg.errors.InsufficientPrivilege):
        person.execute(due)
    assert enrolled.number("select count(*) from governance.read_reviews()") == 50  # the operator reminds people
    code, shown = command("reviews", "list", login=SUPERVISOR)
    assert (code, OWN in shown, OTHER_UNIT in shown) == (0, True, False)


def test_overdue_is_who_was_not_reviewed_within_the_days_of_the_policy(enrolled: Governed, command: Command) -> None:
    assert command(*REVIEW, login=SUPERVISOR)[0] == 0
    assert command("reviews", "overdue", login=SUPERVISOR) == (0, "No review is overdue.\n")
    let_days_pass(enrolled, "2026-01-23")  # published on the 1st, 21 days
    code, shown = command("reviews", "overdue", login=SUPERVISOR)
    assert code == 1
    assert shown.count("overdue") == 15
    assert OWN not in shown
    assert command(*say(*REVIEW[3:], officer="o85"), login=SUPERVISOR)[0] == 0
    states = "select status, count(*) from governance.due_reviews where unit_id = 'U1' group by 1 order by 1"
    assert enrolled.ask(states) == [("in time", 1), ("late", 1), ("overdue", 14)]
    let_days_pass(enrolled, "2026-03-01")
    assert enrolled.ask(states) == [("in time", 1), ("late", 1), ("missed", 14)]


def test_the_latest_review_holds_also_for_a_list_that_corrects_the_month(enrolled: Governed, command: Command) -> None:
    assert command(*REVIEW, login=SUPERVISOR)[0] == 0
    none = ("--disagree", "--doubt", "1", "--doubt", "2", "--action", "none", "--why-none", "The records are another's")
    assert command(*say(*none), login=SUPERVISOR)[0] == 0
    enrolled.score("m2")
    assert enrolled.publish().is_published
    states = "select list_id, review_no, agrees, action, status from governance.due_reviews where officer_id = %s"
    assert enrolled.ask(states, [OWN]) == [(2, 2, False, "none", "in time")]


class TestIntervention:
    def test_is_entered_and_ended_by_the_officers_supervisor(self, enrolled: Governed, command: Command) -> None:
        assert command(*REVIEW, login=SUPERVISOR)[0] == 0
        code, shown = command(
            "interventions", "record", OWN, "--kind", "counselling", "--review", "1", "--started-on", "2025-12-20",
            login=SUPERVISOR,
        )  # fmt: skip
        assert (code, shown) == (0, f"Intervention 1 for officer {OWN}, entered by {SUPERVISOR}.\n")
        # Support needs no list.
        assert command("interventions", "record", "o1", "--kind", "peer_support", login=SUPERVISOR)[0] == 0
        assert command("interventions", "end", "1", "--result", "completed", login=SUPERVISOR)[0] == 0
        with enrolled.as_login(SUPERVISOR) as person:
            assert person.execute(
                "select officer_id, kind, review_no, started_on::text, ended_on::text, result"
                " from governance.read_interventions()"
            ).fetchall() == [
                ("o1", "peer_support", None, "2026-01-01", None, None),
                (OWN, "counselling", 1, "2025-12-20", "2026-01-01", "completed"),
            ]
        actions = "select count(*) from governance.audit_log where action like 'intervention%'"
        assert enrolled.number(actions) == 3
        code, shown = command("interventions", "list", login="eis_command_1")
        assert (code, shown.count(SUPERVISOR)) == (0, 2)

    def test_faults_are_told(self, enrolled: Governed, command: Command) -> None:
        assert command("interventions", "record", OWN, "--kind", "training", login=SUPERVISOR)[0] == 0
        for words, arguments in {
            "in none of the units": f"record {OTHER_UNIT} --kind training",
            "There is no review 9": f"record {OWN} --kind training --review 9",
            "has not come": f"record {OWN} --kind training --started-on 2026-01-02",
            "Invalid value": f"record {OWN} --kind suspension",
            "There is no intervention 7": "end 7 --result completed",
            "began on 2026-01-01": "end 1 --result completed --ended-on 2025-12-31",
        }.items():
            code, shown = command("interventions", *arguments.split(), login=SUPERVISOR)
            assert code != 0
            assert words in shown
