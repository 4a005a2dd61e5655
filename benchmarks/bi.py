"""How fast a dashboard's filter answers in a department of New York's size: 35,000 officers, 36 published months.

Belongs here: a scratch copy of a finished warehouse, filled to that size, and the queries that dashboards send, each as
the login that sends it. Does not: how lists come about (`bench.py` measures the line), or a judgement (`README.md`).

The copy keeps the models, the catalogue and all views of the line it was made from. Scores are drawn at random: what is
measured is how rows are found, not what they say. It is dropped at the end.
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import psycopg
import typer
from psycopg import sql

from eis.postgres import Warehouse
from eis.settings import read_settings

COPY = "eis_bench_bi"
UNITS = 120
ON_LIST = 0.05
REPEATS = 15

# An append-only table refuses to be emptied, and a list to be there without its decision.
UNGUARDED = "set session_replication_role = replica"

EMPTIED = (
    *("governance.published_lists", "governance.published_scores", "governance.publication_decisions"),
    *("governance.withdrawals", "governance.score_reads", "governance.supervisor_units"),
    *("ml.reasons", "ml.explanations", "ml.rank_intervals", "ml.list_certainty", "ml.alternatives"),
    *("explanations.reason_evidence", "events.officer_events"),
)

FILL = """
create temporary table officers as
select 'o' || lpad(n::text, 6, '0') as officer_id, 'U' || (n % {units}) as unit_id
from generate_series(1, {officers}) as n;

create temporary table months as
select n, (select max(as_of_date) from features.as_of_dates) - make_interval(months => {months} - n) as as_of_date
from generate_series(1, {months}) as n;

create temporary table model as
select model_id, outcome, cardinality(features) as n_features, features[1:8] as features
from ml.models where role = 'final' order by outcome limit 1;

create temporary table lists as
select n as list_id, outcome, as_of_date::date, as_of_date::timestamptz as scored_at, model_id, n_features, features
from months cross join model;

insert into governance.publication_decisions
    (decision_no, outcome, as_of_date, scored_at, drawn_up_at, model_id, is_published, checks, policy_version)
overriding system value
select list_id, outcome, as_of_date, scored_at, scored_at, model_id, true, '[]', policy_version
from lists cross join (select max(policy_version) as policy_version from governance.policy) as policy;

insert into governance.published_lists
select list_id, outcome, as_of_date, scored_at, scored_at, 'highest scores', model_id, 'manual', 'eis_alice', 'data',
    as_of_date + 45, as_of_date + 21, {officers}, ({officers} * {on_list})::integer
from lists;

insert into governance.published_scores
select
    list_id, officer_id, unit_id, 1 - place / {officers}.0, 1 - place / {officers}.0, place,
    place <= {officers} * {on_list}
from lists
cross join lateral (
    select officer_id, unit_id, row_number() over (order by hashtext(list_id || officer_id)) as place from officers
) as ranked;

insert into governance.reviews (list_id, officer_id, unit_id, agrees, action, reviewed_by, reviewed_on)
select list_id, officer_id, unit_id, true, 'counselling', 'eis_bench_supervisor', as_of_date + 10
from governance.published_scores inner join lists using (list_id)
where is_on_list and (list_id < {months} or rank % 2 = 0);

insert into ml.list_certainty
select as_of_date, outcome, scored_at, model_id, 1750, {officers}, 10, 100, 200, 300, true, 'Better than by lot.',
    array['force', 'complaints', 'activity', 'unit', 'career', 'place', 'stress'], 'bench'
from lists;

insert into ml.rank_intervals
select as_of_date, outcome, scored_at, officer_id, 0.5, greatest(rank - 100, 1), rank + 100, 'likely'
from governance.published_scores inner join lists using (list_id);

insert into ml.reasons
select as_of_date, outcome, scored_at, officer_id, case when n <= 5 then 'raises' else 'lowers' end, (n - 1) % 5 + 1,
    'measure ' || n, features[n], 0.1, 3, 1, true
from governance.published_scores inner join lists using (list_id) cross join generate_series(1, 8) as n;

insert into ml.explanations
select as_of_date, outcome, scored_at, officer_id, -2, 0.5, 0.5, 0.2, rank,
    array_fill(0.01::double precision, array[n_features]), array[.1, .2, .1, .1, .1, .2, .2]
from governance.published_scores inner join lists using (list_id)
where list_id > {months} - 3;

analyze governance.published_scores, ml.reasons, lists;

insert into explanations.reason_evidence (
    officer_id, as_of_date, outcome, scored_at, direction, reason_rank, evidence_number, event_table, event_id,
    happened_on, known_on, n_evidence
)
select officer_id, as_of_date, outcome, scored_at, direction, reason_rank, n, 'complaints', officer_id || n,
    as_of_date - n * 30, as_of_date - n * 30, 5
from ml.reasons
inner join lists using (as_of_date, outcome, scored_at)
inner join governance.published_scores using (list_id, officer_id)
cross join generate_series(1, 5) as n
where is_on_list;

insert into events.officer_events
select 'complaints/' || officer_id || '/' || n, officer_id, 'complaint', 'courtesy', 'complaints', officer_id || n,
    date '2015-01-01' + n * 60, date '2015-01-01' + n * 60
from officers cross join generate_series(1, 60) as n;

insert into governance.supervisor_units select 'eis_bench_supervisor', 'U' || n, null from generate_series(1, 3) as n
"""

PEOPLE = (("eis_bench_supervisor", "eis_supervisor"), ("eis_bench_command", "eis_command"))

# What, who asks, the query; {officer} and {unit} change from one call to the next.
QUERIES = (
    ("The list of today", "eis_bi", "select * from scores.current_officer_scores where is_on_list order by rank"),
    ("One unit's officers today", "eis_bi", "select * from scores.current_officer_scores where unit_id = '{unit}'"),
    (
        "One officer's score over 36 months",
        "eis_bi",
        "select * from scores.officer_scores where officer_id = '{officer}'",
    ),
    (
        "One unit over 36 months",
        "eis_bi",
        "select as_of_date, n_on_list from scores.list_units where unit_id = '{unit}'",
    ),
    ("Work of each unit today", "eis_bi", "select * from scores.list_units where list_status = 'current'"),
    ("Lists over 36 months", "eis_bi", "select * from scores.published_lists"),
    (
        "One officer's reasons today",
        "eis_bi",
        "select * from scores.officer_score_reasons where officer_id = '{officer}' and as_of_date = ("
        " select max(as_of_date) from scores.published_lists)",
    ),
    ("A supervisor's officers with reasons", "eis_bench_supervisor", "select * from scores.visible_officer_summary"),
    (
        "A supervisor's listed officers",
        "eis_bench_supervisor",
        "select * from scores.visible_officer_summary where is_on_list",
    ),
    (
        "One officer's file",
        "eis_bench_supervisor",
        "select * from governance.read_file('{own_officer}', 'Measured for a benchmark')",
    ),
    (
        "All listed officers, each read recorded",
        "eis_bench_command",
        "select * from scores.visible_officer_summary where is_on_list",
    ),
)


@contextmanager
def scratch_copy(warehouse: Warehouse) -> Iterator[psycopg.Connection]:
    """A copy of the department's database, dropped at the end; nobody may be connected to the original meanwhile."""
    with psycopg.connect(warehouse.server.url("postgres"), autocommit=True) as server:
        drop = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(COPY))
        server.execute(drop)
        server.execute(
            sql.SQL("create database {} template {}").format(*map(sql.Identifier, (COPY, warehouse.database)))
        )
        try:
            with psycopg.connect(warehouse.server.url(COPY), autocommit=True) as connection:
                yield connection
        finally:
            server.execute(drop)
            for login, _ in PEOPLE:
                server.execute(sql.SQL("drop role if exists {}").format(sql.Identifier(login)))


def fill(connection: psycopg.Connection, officers: int, months: int) -> None:
    """Published lists of that size, with what explains them, and two people who read them."""
    connection.execute(UNGUARDED)
    connection.execute("truncate " + ", ".join(EMPTIED) + " cascade")
    for login, role in PEOPLE:
        connection.execute(sql.SQL("create role {} login in role {}").format(*map(sql.Identifier, (login, role))))
        connection.execute("insert into governance.logins values (%s, %s, true)", [login, role])
    for statement in FILL.format(officers=officers, months=months, units=UNITS, on_list=ON_LIST).split(";\n\n"):
        connection.execute(statement)
    connection.execute("set session_replication_role = origin")
    connection.execute("vacuum analyze")


def measure(connection: psycopg.Connection, login: str, query: str, officers: int) -> tuple[int, list[float]]:
    """Rows of the last call, and milliseconds of each with all rows fetched; the first, filling caches, left out."""
    took = []
    connection.execute(sql.SQL("set session authorization {}").format(sql.Identifier(login)))
    for turn in range(REPEATS + 1):
        own = UNITS * (turn + 1) + 1  # of unit U1, which is the supervisor's
        values = {"officer": f"o{(turn + 1) * officers // 20:06}", "own_officer": f"o{own:06}", "unit": f"U{turn}"}
        began = time.perf_counter()
        rows = connection.execute(query.format(**values)).fetchall()
        took.append((time.perf_counter() - began) * 1000)
    connection.execute("reset session authorization")
    return len(rows), took[1:]


def main(
    officers: Annotated[int, typer.Option(help="officers on each list")] = 35_000,
    months: Annotated[int, typer.Option(help="published lists")] = 36,
) -> None:
    """Fill a scratch copy of the department's warehouse and time the queries; the department needs a finished run."""
    with scratch_copy(Warehouse(read_settings())) as connection:
        began = time.perf_counter()
        fill(connection, officers, months)
        [size] = connection.execute("select pg_database_size(current_database()) / 1000000").fetchone() or (0,)
        typer.echo(
            f"{officers:,} officers, {months} lists, {size:,} MB, filled in {time.perf_counter() - began:.0f} s\n"
        )
        typer.echo("| what a dashboard asks | login | rows | median ms | slowest ms |\n|---|---|---|---|---|")
        for what, login, query in QUERIES:
            rows, took = measure(connection, login, query, officers)
            typer.echo(f"| {what} | `{login}` | {rows:,} | {statistics.median(took):,.0f} | {max(took):,.0f} |")


if __name__ == "__main__":
    typer.run(main)
