"""Following lists up: which are looked at, what counts as before and after, and that nothing is looked at too early."""

import datetime as dt

import pytest
from synthetic_department import DATES

from ml import warehouse
from ml.effect import CANNOT_TELL
from ml.followup import ISSUED_LISTS, NEVER_ISSUED, TOO_EARLY, Plan, follow_up
from ml.warehouse.followup import ISSUED, list_issued_lists, read_followed

MATURE, PENDING = dt.date(2013, 1, 1), DATES[-1]
PLAN = Plan("complaint", 12, 30)

# What governance, events and core look like from here.
SEAM = """
create schema events; create schema governance;
create table events.adverse_events (officer_id text, outcome text, happened_on date);
create table core.arrests (officer_id text, arrested_at timestamp);
create table labels.outcome_maturity (outcome text, maturity_days int);
insert into labels.outcome_maturity values ('complaint', 30);
create table governance.published_lists (
    list_id int, outcome text, as_of_date date, n_on_list int, list_rule text default 'highest scores', status text
);
create view governance.lists as select * from governance.published_lists;
create table governance.published_scores (list_id int, officer_id text, score float, rank int, is_on_list boolean);
"""


@pytest.fixture
def looked_back(registry: warehouse.Connection) -> warehouse.Connection:
    registry.execute(SEAM)
    return registry


def issue(connection: warehouse.Connection, number: int, date: dt.date, size: int, status: str = "superseded") -> None:
    connection.execute(
        "insert into governance.published_lists (list_id, outcome, as_of_date, n_on_list, status)"
        " values (%s, 'complaint', %s, %s, %s)",
        [number, date, size, status],
    )
    connection.execute(
        """
        insert into governance.published_scores
        select %s, officer_id, 1.0 / place, place, place <= %s
        from (
            select officer_id, row_number() over (order by officer_id) as place
            from features.officer_cohort where as_of_date = %s
        ) as ranked
        """,
        [number, size, date],
    )


def test_lists_that_were_withdrawn_or_corrected_are_not_looked_at(looked_back: warehouse.Connection) -> None:
    for number, date, status in (
        (1, MATURE, "superseded"),
        (2, MATURE, "superseded"),
        (3, MATURE, "withdrawn"),
        (4, PENDING, "current"),
    ):
        issue(looked_back, number, date, 10, status)
    found = list_issued_lists(looked_back, "complaint", 12)
    assert [(one.list_id, one.is_decided) for one in found] == [("2", True), ("4", False)]


def test_before_and_after_meet_at_the_as_of_date(looked_back: warehouse.Connection) -> None:
    issue(looked_back, 1, MATURE, 3)
    names = looked_back.execute("select officer_id from governance.published_scores order by rank").fetchall()
    for rank, days in {1: ["2012-01-01", "2012-12-31"], 2: ["2011-12-31", "2013-01-01"], 5: ["2013-12-31"]}.items():
        for day in days:
            looked_back.execute(
                "insert into events.adverse_events values (%s, 'complaint', %s)", [*names[rank - 1], day]
            )
            looked_back.execute("insert into core.arrests values (%s, %s)", [*names[rank - 1], day])
    looked_back.execute("insert into core.arrests values (%s, '2014-01-01')", names[4])
    followed = read_followed(looked_back, ISSUED, ["1"], "complaint", 12, 3)
    assert followed.is_listed.tolist() == [True] * 3 + [False] * 9  # down to four times the list's length
    assert followed.is_next.tolist() == [False] * 3 + [True] * 3 + [False] * 6
    assert followed.distance[2] == pytest.approx(1 / 3 - (1 / 3 + 1 / 4) / 2)
    assert followed.before["outcome"].tolist() == [1] + [0] * 11
    assert followed.before["arrests"].tolist() == [2] + [0] * 11
    assert followed.after["arrests"].tolist() == [0, 1, 0, 0, 1] + [0] * 7
    labels = looked_back.execute(
        "select label_value from labels.officer_labels inner join governance.published_scores using (officer_id)"
        " where outcome = 'complaint' and as_of_date = %s and rank <= 12 order by rank",
        [MATURE],
    ).fetchall()
    assert followed.after["outcome"].tolist() == [value for (value,) in labels]


def test_nothing_is_said_before_every_window_is_decided(looked_back: warehouse.Connection) -> None:
    issue(looked_back, 1, PENDING, 30, "current")
    issued, *replayed = follow_up(looked_back, PLAN, "v1")
    assert (issued.list_kind, issued.verdict, issued.difference) == (ISSUED_LISTS, TOO_EARLY, None)
    # A year, and the thirty days that its findings take.
    assert f"{PENDING}, the first list, is decided from 2016-07-31 on" in issued.explanation
    assert {row.list_kind for row in replayed} == {NEVER_ISSUED}
    assert {row.n_lists for row in replayed} == {2}


def test_each_measure_is_told_with_what_could_have_been_seen_and_not_twice(looked_back: warehouse.Connection) -> None:
    issue(looked_back, 1, MATURE, 30)
    rows = {row.measure: row for row in follow_up(looked_back, PLAN, "v1") if row.list_kind == ISSUED_LISTS}
    assert set(rows) == {"outcome", "outcome before", "arrests"}
    outcome = rows["outcome"]
    assert outcome.verdict == CANNOT_TELL
    assert "Too little to tell" in outcome.explanation
    assert outcome.n_listed_officers == 30
    assert None not in (outcome.detectable_difference, outcome.listed_before, outcome.change_difference_high)
    assert rows["outcome before"].listed_before is None
    assert follow_up(looked_back, PLAN, "v1") == []
    issue(looked_back, 2, DATES[2], 30)
    assert {row.n_lists for row in follow_up(looked_back, PLAN, "v1")} == {2}
