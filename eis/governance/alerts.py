"""Alerts of the monitoring: which are open, whose they are, and closing one.

Belongs here: queries on `monitoring.alerts` and `monitoring.signals`, and the one act. Does not: measuring
(`models/monitoring/`), raising an alert or who may close it, which PostgreSQL does (governance.raise_alerts,
governance.close_alert).
"""

import datetime as dt
from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row


@dataclass(frozen=True)
class Alert:
    """One row of monitoring.alerts, as far as people read it."""

    alert_id: int
    signal: str
    subject: str
    as_of_date: dt.date
    finding: str
    status: str
    opened_on: dt.date
    owner: str
    due_on: dt.date
    is_overdue: bool
    closed_by: str | None
    closed_because: str | None


@dataclass(frozen=True)
class SignalState:
    """How one signal stands: its current measurements, and its open alerts."""

    signal: str
    n_measured: int
    n_beyond: int
    n_not_judged: int
    alerts: list[Alert]

    def describe(self) -> str:
        """In words, for a check in the UI."""
        if self.alerts:
            told = "; ".join(f"{one.subject}: {one.finding} ({one.owner}, due {one.due_on})" for one in self.alerts)
            return f"{len(self.alerts)} open: {told}"
        if not self.n_measured:
            return "There is nothing to measure yet."
        n_within = self.n_measured - self.n_beyond - self.n_not_judged
        beyond = f"{self.n_beyond} beyond, with their alerts closed, " if self.n_beyond else ""
        return f"{n_within} measured and within bounds, {beyond}{self.n_not_judged} too small to judge."


def list_alerts(connection: psycopg.Connection, status: str | None = "open") -> list[Alert]:
    """Alerts of a status, or all of them; what is due first comes first."""
    with connection.cursor(row_factory=class_row(Alert)) as cursor:
        return cursor.execute(
            """
            select
                alert_id, signal, subject, as_of_date, finding, status, opened_on, owner, due_on, is_overdue, closed_by,
                closed_because
            from monitoring.alerts
            where %(status)s::text is null or status = %(status)s
            order by status desc, due_on, alert_id
            """,
            {"status": status},
        ).fetchall()


def read_signals(connection: psycopg.Connection) -> dict[str, SignalState]:
    """How each signal that was measured stands."""
    rows = connection.execute(
        """
        select
            signal,
            count(*),
            count(*) filter (where state = 'beyond'),
            count(*) filter (where state = 'not judged')
        from monitoring.signals
        where is_current
        group by 1
        """
    ).fetchall()
    counts: dict[str, tuple[int, int, int]] = {signal: (n, beyond, unjudged) for signal, n, beyond, unjudged in rows}
    alerts = list_alerts(connection)
    return {
        signal: SignalState(signal, *counts.get(signal, (0, 0, 0)), [one for one in alerts if one.signal == signal])
        for signal in {*counts, *(alert.signal for alert in alerts)}
    }


def close_alert(connection: psycopg.Connection, alert_id: int, reason: str) -> None:
    """Close an alert as the connection's login; PostgreSQL refuses whom the policy does not name."""
    connection.execute("select governance.close_alert(%s, %s)", [alert_id, reason])
