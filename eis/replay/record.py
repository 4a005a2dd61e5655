"""What came of each replayed month: a row of `replay.months`, and all of them as a table for people.

Belongs here: reading a month's result from governance's own tables. Does not: playing it (`play`).
"""

import datetime as dt
from dataclasses import astuple, dataclass

import psycopg
from psycopg.rows import class_row

DEFINITION = """
create schema if not exists replay;
create table if not exists replay.months (
    as_of date primary key,
    story text not null,
    gate text not null,
    list_of date,
    n_on_list integer,
    valid_until date,
    n_alerts integer not null,
    seconds integer not null
);
comment on table replay.months is 'What came of each month of the replayed year. One row per month.';
"""

# Each decision of the gate since the month began to be played: the names of the checks that failed.
DECISIONS = """
select array(
    select one ->> 'name' from jsonb_array_elements(checks) as one where one ->> 'passed' = 'false'
) as failed
from governance.publication_decisions
where outcome = %s and decided_at >= %s
order by decision_no
"""

# The latest list, if somebody may use it on the first day of the month.
CURRENT = """
select as_of_date, n_on_list, valid_until
from governance.lists
where outcome = %(outcome)s and status <> 'withdrawn' and valid_until >= %(as_of)s
order by list_id desc
limit 1
"""

ALERTS = "select count(*) from monitoring.alerts where opened_on = %s"


@dataclass(frozen=True)
class MonthResult:
    """One row of `replay.months`."""

    as_of: dt.date
    story: str
    gate: str
    list_of: dt.date | None
    n_on_list: int | None
    valid_until: dt.date | None
    n_alerts: int
    seconds: int


def list_months(connection: psycopg.Connection) -> list[MonthResult]:
    """The months that were played."""
    connection.execute(DEFINITION)
    with connection.cursor(row_factory=class_row(MonthResult)) as cursor:
        return cursor.execute("select * from replay.months order by as_of").fetchall()


def keep(
    connection: psycopg.Connection,
    as_of: dt.date,
    story: str,
    outcome: str,
    began_at: dt.datetime,
    stopped: list[str],
) -> MonthResult:
    """Write down what came of a month; `stopped`: what each run that did not come to its end said."""
    decisions = connection.execute(DECISIONS, [outcome, began_at]).fetchall()
    steps = [f"run stopped: {words}" for words in stopped]
    steps += [f"refused ({', '.join(failed)})" if failed else "published" for (failed,) in decisions]
    list_of, n_on_list, valid_until = connection.execute(CURRENT, {"outcome": outcome, "as_of": as_of}).fetchone() or (
        None,
        None,
        None,
    )
    [alerts] = connection.execute(ALERTS, [as_of]).fetchone() or [0]
    seconds = (dt.datetime.now(dt.UTC) - began_at).seconds
    gate = ", then ".join(steps) or "nothing to decide"
    result = MonthResult(as_of, story, gate, list_of, n_on_list, valid_until, alerts, seconds)
    connection.execute("insert into replay.months values (%s, %s, %s, %s, %s, %s, %s, %s)", astuple(result))
    return result


def tell(months: list[MonthResult]) -> str:
    """The year as a table for people, and for the docs."""
    lines = [
        "| month | what happened | gate | list in force on its first day | valid until | new alerts |",
        "|---|---|---|---|---|---|",
    ]
    for month in months:
        held = f"{month.n_on_list} officers, of {month.list_of:%B}" if month.list_of else "none"
        cells = (
            f"{month.as_of:%Y-%m}",
            month.story,
            month.gate,
            held,
            str(month.valid_until or ""),
            str(month.n_alerts),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
