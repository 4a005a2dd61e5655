"""A small department that is all there as far as governance looks: two months, three units, one outcome.

People log in with passwords, over TCP, as they do in the field.
"""

from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from eis.governance import access, publication
from eis.governance.policy import Policy, parse_policy
from eis.governance.schema import ensure_governance
from eis.settings import PROJECT
from eis.validation import CREATE_RESULTS

# What governance reads of the rest of the warehouse: these columns, and no others.
SEAM = """
create schema ml;
create table ml.models (
    model_id text primary key, outcome text, model_group text, is_baseline boolean, role text default 'final',
    predict_as_of_date date, train_start_date date, train_end_date date, n_train_rows int, n_train_officers int,
    n_train_positives int, features text[], estimator text, seed int, artefact_sha256 text,
    created_at timestamptz default now()
);
create table ml.challengers (model_id text, outcome text, model_group text);
create table ml.selections (
    experiment_id text, outcome text, model_group text, selected_at timestamptz default clock_timestamp(), verdict text
);
create table ml.evaluations (
    experiment_id text, outcome text, model_group text, is_baseline boolean, test_as_of_date date, metric text,
    parameter text, value float
);
create table ml.scores (
    officer_id text, as_of_date date, outcome text, model_id text, score float, rank int, percentile float,
    scored_at timestamptz
);
create table ml.list_rules (
    as_of_date date, outcome text, scored_at timestamptz, drawn_up_at timestamptz, model_id text, list_rule text
);
create table ml.list_members (
    as_of_date date, outcome text, scored_at timestamptz, drawn_up_at timestamptz, officer_id text
);
create table ml.reasons (
    as_of_date date, outcome text, scored_at timestamptz, officer_id text, direction text, reason_rank int,
    measure text
);
create schema features;
create table features.as_of_dates (as_of_date date);
create table features.officer_cohort (officer_id text, as_of_date date, unit_id text);
create schema core;
create table core.officers (officer_id text, race text, sex text);
create table core.assignments (
    officer_id text, unit_id text, supervisor_id text, valid_from date, valid_to date, known_on date
);
create table core.complaints (officer_id text, known_on date);
create table core.stops (stop_officer_id text);
create schema scores;
create view scores.officer_scores with (security_invoker = true) as
    select list_id, officer_id, score from governance.published_scores;
create view scores.current_officer_scores with (security_invoker = true) as
    select scores.list_id, outcome, officer_id, score, rank, is_on_list, valid_until, clock, approval, approved_by
    from governance.published_scores as scores join governance.lists using (list_id) where status = 'current';
create view scores.visible_officer_scores as select * from governance.read_scores();
"""

ROWS = """
insert into features.as_of_dates values ('2025-12-01'), ('2026-01-01');
insert into features.officer_cohort
    select 'o' || n, as_of_date, 'U' || (n % 3) from generate_series(1, 90) as n, features.as_of_dates;
insert into core.officers
    select 'o' || n, case when n % 2 = 0 then 'black' else 'white' end, 'male' from generate_series(1, 90) as n;
insert into core.assignments
    select 'o' || n, 'U' || (n % 3), 'o' || (n % 3 + 1), '2020-01-01', null, '2020-01-01'
    from generate_series(1, 90) as n;
insert into core.complaints
    select 'o' || (n % 90 + 1), cast('2026-01-01'::date - make_interval(months => month) as date)
    from generate_series(1, 20) as n, generate_series(1, 14) as month;
insert into ml.selections (experiment_id, outcome, model_group, verdict) values ('e1', 'adverse', 'logistic', 'best');
insert into ml.evaluations
    select 'e1', 'adverse', g, g <> 'logistic', day, 'lift', '5%', value + extract(year from day) / 1e4
    from (values ('logistic', 3.0), ('count', 2.0), ('base_rate', 1.0)) as groups (g, value),
        (values ('2022-01-01'::date), ('2023-01-01'), ('2024-01-01')) as days (day);
"""

SCHEMAS = ("governance", "identity", "ml", "features", "core", "scores", "monitoring")


@dataclass
class Governed:
    """The department's warehouse, its operator's connection and its policy."""

    url: str
    connection: psycopg.Connection
    policy: Policy
    passwords: dict[str, str] = field(default_factory=dict)

    def ask(self, query: str, parameters: object = None) -> list[tuple[object, ...]]:
        return self.connection.execute(query, parameters).fetchall()

    def number(self, query: str, parameters: object = None) -> object:
        [[value]] = self.ask(query, parameters)
        return value

    def load(self, **changes: object) -> None:
        """Put the policy in force, with blocks changed."""
        content = self.policy.model_dump(mode="json")
        policy = Policy.model_validate(merge(content, changes))
        publication.load_policy(self.connection, policy, "demo", "America/New_York")

    def score(self, model_id: str = "m1", day: str = "2026-01-01", shift: float = 0.0) -> None:
        """Register a model unless it is there, and let it score the cohort."""
        self.ask(
            "insert into ml.models (model_id, outcome, model_group, is_baseline, predict_as_of_date, artefact_sha256)"
            " values (%s, 'adverse', 'logistic', false, %s, 'a') on conflict do nothing returning 1",
            [model_id, day],
        )
        [(scored_at,)] = self.ask("select now()")
        self.connection.execute(
            """
            insert into ml.scores
            select officer_id, as_of_date, 'adverse', %s, value, row_number() over (order by value desc), 0.5, %s
            from features.officer_cohort
            cross join lateral (select least(1, %s + substr(officer_id, 2)::int / 100.0)) as scored (value)
            where as_of_date = %s
            """,
            [model_id, scored_at, shift, day],
        )
        self.connection.execute(
            "insert into ml.list_rules values (%s, 'adverse', %s, %s, %s, 'highest scores')",
            [day, scored_at, scored_at, model_id],
        )
        self.connection.execute(
            "insert into ml.list_members select as_of_date, outcome, scored_at, scored_at, officer_id from ml.scores"
            " where scored_at = %s and rank <= 50",
            [scored_at],
        )
        self.connection.execute(
            "insert into ml.reasons select as_of_date, outcome, scored_at, officer_id, direction, place, 'm' || place"
            " from ml.scores, unnest(array['raises', 'lowers']) as direction, generate_series(1, 2) as place"
            " where scored_at = %s",
            [scored_at],
        )

    def validate(self, success: bool = True) -> None:
        """What the gate of expectations leaves behind."""
        self.connection.execute(
            "insert into monitoring.validation_results values (gen_random_uuid(), 'governance', 'proposed_scores', 1,"
            " 'e', null, 'a rule', 'critical', %s, null, null, null, null, 0, '{}', 'f', clock_timestamp())",
            [success],
        )

    def publish(self) -> publication.Decision:
        """The steps of a run."""
        publication.propose(self.connection)
        self.validate()
        [decision] = publication.decide_all(self.connection)
        return decision

    def enrol(self, login: str, role: str) -> None:
        self.passwords[login] = access.add_login(self.connection, login, role)

    def as_login(self, login: str) -> psycopg.Connection:
        """Logged in as a person is: over TCP, with the password."""
        port = self.connection.info.port
        return psycopg.connect(
            access.login_url(self.connection, login, self.passwords[login], "127.0.0.1", str(port)), autocommit=True
        )


def merge(content: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The content with what is changed, block by block."""
    merged = {
        name: merge(content[name], change) if isinstance(change, dict) else change for name, change in changes.items()
    }
    return content | merged


def build(url: str) -> None:
    """Make the tables; whatever another test left in their schemas is dropped."""
    with psycopg.connect(url) as connection:
        for schema in SCHEMAS:
            connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema)))
    ensure_governance(url)
    with psycopg.connect(url) as connection:
        connection.execute(CREATE_RESULTS)
        connection.execute(SEAM)


def refill(url: str) -> Governed:
    """The department as on its first day: nothing decided, nothing logged."""
    connection = psycopg.connect(url, autocommit=True)
    tables = connection.execute(
        "select string_agg(format('%%I.%%I', nspname, relname), ', ') from pg_class join pg_namespace on"
        " pg_namespace.oid = relnamespace where relkind = 'r' and nspname = any(%s) and relname <> 'migrations'",
        [list(SCHEMAS)],
    ).fetchone()
    assert tables is not None
    with connection.transaction():
        connection.execute("set local session_replication_role = replica")  # append-only tables refuse it otherwise
        connection.execute(sql.SQL("truncate {} restart identity").format(sql.SQL(tables[0])))
        connection.execute("insert into governance.audit_head (entry_no, hash) values (0, repeat('0', 64))")
        connection.execute("insert into governance.record_secret default values")
        connection.execute(ROWS)
    return Governed(url, connection, parse_policy(PROJECT / "departments" / "demo" / "policy.yml"))
