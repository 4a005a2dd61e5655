"""Great Expectations on tables of the warehouse: committed suites, kept results, quarantine of faulty raw rows.

Belongs here: the format of `expectations/**/*.yml`, running the suites, and what follows from their results. Does not:
the rules themselves (`expectations/`), and what dbt tests own (keys, relationships, ranges and logic).

One run over one table is a function of the table's content, its suite and its quarantine share, and of nothing that
happened before: rows that an earlier run over the same file moved to quarantine come back first. So `raw.<table>` and
`quarantine.<table>` together are always the delivered file. When none of the three changed since the last run, that
run's results are returned, and Great Expectations, which takes seconds to import, is not even imported.

Results keep counts and line numbers, never values: the report is read by more people than the data.
"""

import datetime as dt
import hashlib
import shutil
import uuid
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import psycopg
import yaml
from psycopg import sql
from psycopg.rows import class_row
from pydantic import Field, ValidationError, model_validator

from eis.department import Strict
from eis.errors import EisError, describe_invalid
from eis.ingest import existing_columns

if TYPE_CHECKING:
    from great_expectations import ValidationDefinition
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.data_context import EphemeralDataContext
    from great_expectations.datasource.fluent import SQLDatasource
    from great_expectations.expectations.expectation import Expectation

SAMPLE_ROWS = 10

# Counts only: a report with examples would be a copy of the data.
COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0, "exclude_unexpected_values": True}

CREATE_RESULTS = """
create schema if not exists monitoring;
create table if not exists monitoring.validation_results (
    run_id uuid not null,
    schema_name text not null,
    table_name text not null,
    rule_number integer not null,
    expectation text not null,
    column_name text,
    description text not null,
    severity text not null,
    success boolean not null,
    observed_value text,
    element_count bigint,
    unexpected_count bigint,
    unexpected_share double precision,
    quarantined_count bigint not null,
    sample_rows bigint[] not null,
    fingerprint text not null,
    validated_at timestamptz not null,
    primary key (run_id, schema_name, table_name, rule_number)
);
create index if not exists validation_results_by_table
    on monitoring.validation_results (schema_name, table_name, validated_at);
comment on table monitoring.validation_results is
    'What Great Expectations found; rows are only added. One row per run, table and rule.';
comment on column monitoring.validation_results.run_id is 'Run of the expectations.';
comment on column monitoring.validation_results.schema_name is 'Schema of the table.';
comment on column monitoring.validation_results.table_name is 'Table that was checked.';
comment on column monitoring.validation_results.rule_number is 'Place of the rule in its suite under expectations/.';
comment on column monitoring.validation_results.expectation is 'Class in Great Expectations.';
comment on column monitoring.validation_results.column_name is 'Columns of the rule; null where it is about the table.';
comment on column monitoring.validation_results.description is 'What is expected and why, in words.';
comment on column monitoring.validation_results.severity is 'critical stops the line, warning is recorded.';
comment on column monitoring.validation_results.success is 'Whether the rule holds.';
comment on column monitoring.validation_results.observed_value is
    'What was measured, of rules about a table or a distribution.';
comment on column monitoring.validation_results.element_count is 'Values that were looked at.';
comment on column monitoring.validation_results.unexpected_count is 'Values that break the rule.';
comment on column monitoring.validation_results.unexpected_share is 'Share of the values that are not null.';
comment on column monitoring.validation_results.quarantined_count is
    'Rows moved to quarantine by this rule; the other columns describe the table without them.';
comment on column monitoring.validation_results.sample_rows is 'Lines of the raw file, at most 10; no values.';
comment on column monitoring.validation_results.fingerprint is 'Digest of all that the results depend on.';
comment on column monitoring.validation_results.validated_at is 'When it was checked.';
"""


class Rule(Strict):
    """One expectation about one table."""

    expectation: str = Field(pattern=r"^[A-Z]\w+$", description="class in great_expectations.expectations")
    description: str = Field(min_length=1, description="what is expected and why, for whoever sees it fail")
    severity: Literal["critical", "warning"] = Field(description="critical stops the line, warning is recorded")
    quarantine: bool = Field(False, description="move failing rows aside, where department.yml allows it")
    kwargs: dict[str, Any] = Field(default_factory=dict, description="arguments of the expectation")

    @model_validator(mode="after")
    def _quarantine_is_row_by_row(self) -> "Rule":
        if self.quarantine and (self.severity != "critical" or "mostly" in self.kwargs):
            raise ValueError("quarantine moves every failing row: it needs severity critical, and no 'mostly'")
        return self

    @model_validator(mode="after")
    def _query_returns_no_values(self) -> "Rule":
        query = str(self.kwargs.get("unexpected_rows_query", ""))
        if query and not query.lower().lstrip().startswith("select _row from {batch}"):
            raise ValueError("a query must start with 'select _row from {batch}': what it returns is in the report")
        return self

    @property
    def columns(self) -> str | None:
        """Columns that the rule is about."""
        named = [self.kwargs[key] for key in ("column", "column_A", "column_B") if key in self.kwargs]
        return ", ".join([*named, *self.kwargs.get("column_list", [])]) or None


class Suite(Strict):
    """The rules of one table: one file under `expectations/`."""

    table: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$", description="schema and table")]
    rules: list[Rule] = Field(min_length=1)
    path: Path = Field(exclude=True, description="the file it was read from")

    @model_validator(mode="after")
    def _descriptions_differ(self) -> "Suite":
        uses = Counter(rule.description for rule in self.rules)
        if doubled := [description for description, count in uses.items() if count > 1]:
            raise ValueError(f"rules are told apart by their descriptions; more than once: {doubled}")
        return self

    @property
    def schema_name(self) -> str:
        """Schema of the table."""
        return self.table.split(".")[0]

    @property
    def table_name(self) -> str:
        """Table without its schema."""
        return self.table.split(".")[1]

    @property
    def identifier(self) -> sql.Identifier:
        """The table in SQL."""
        return sql.Identifier(self.schema_name, self.table_name)

    @property
    def quarantine(self) -> sql.Identifier:
        """The table beside it for rows that were moved aside."""
        return sql.Identifier("quarantine", self.table_name)


@dataclass(frozen=True)
class RuleResult:
    """What one rule found; a row of `monitoring.validation_results`."""

    rule_number: int
    expectation: str
    column_name: str | None
    description: str
    severity: str
    success: bool
    observed_value: str | None
    element_count: int | None
    unexpected_count: int | None
    unexpected_share: float | None
    quarantined_count: int
    sample_rows: list[int]


@dataclass(frozen=True)
class TableValidation:
    """What all rules of one table found."""

    table: str
    run_id: uuid.UUID
    was_run: bool
    results: list[RuleResult]
    quarantined: int

    @property
    def passed(self) -> bool:
        """Whether what follows may run."""
        return not self.critical_failures

    @property
    def critical_failures(self) -> list[RuleResult]:
        """Results that stop the line."""
        return [result for result in self.results if not result.success and result.severity == "critical"]

    @property
    def warnings(self) -> list[RuleResult]:
        """Results that are recorded, and stop nothing."""
        return [result for result in self.results if not result.success and result.severity == "warning"]


@dataclass(frozen=True)
class Session:
    """Great Expectations, opened for one run."""

    context: "EphemeralDataContext"
    source: "SQLDatasource"
    folder: Path
    run_id: uuid.UUID


def load_suites(folder: Path, tables: Sequence[str] | None = None) -> list[Suite]:
    """The suites of a folder under `expectations/`, or those of some tables (`schema.table`).

    Raises:
        EisError: a file is not valid, or a table has no suite; names file and place.
    """
    suites = {suite.table: suite for suite in map(parse_suite, sorted(folder.glob("*.yml")))}
    if missing := [table for table in tables or [] if table not in suites]:
        raise EisError(f"{folder}: no suite for {', '.join(missing)}. Write one: a <table>.yml with at least one rule.")
    return [suites[table] for table in tables or suites]


def parse_suite(path: Path) -> Suite:
    """Read one suite; whether Great Expectations knows its expectations shows when it runs.

    Raises:
        EisError: not YAML, or a value is missing, unknown or wrong; one line for each.
    """
    try:
        suite = Suite.model_validate({**yaml.safe_load(path.read_text(encoding="utf-8")), "path": path})
    except (yaml.YAMLError, TypeError) as error:
        raise EisError(f"{path}: not a suite in YAML: {error}") from error
    except ValidationError as error:
        raise EisError(describe_invalid(path, error)) from error
    if suite.table_name != path.stem:
        raise EisError(f"{path} is about {suite.table}: name the file {suite.table_name}.yml.")
    return suite


def validate(
    connection_url: str, suites: Sequence[Suite], state: Path, quarantine_shares: Mapping[str, float] | None = None
) -> list[TableValidation]:
    """Run the suites whose table, rules or quarantine share changed since their last run; the others' last results.

    Args:
        connection_url: the department's warehouse.
        suites: what to check.
        state: folder for the report, `<state>/gx/data_docs/index.html`.
        quarantine_shares: raw table -> share of its rows that may be moved to quarantine; others: none.

    Raises:
        EisError: a table does not exist, or a rule cannot be evaluated; names the suite's file and the rule.
    """
    shares = {f"raw.{name}": share for name, share in (quarantine_shares or {}).items()}
    run_id = uuid.uuid4()
    fingerprints: dict[str, str] = {}
    validations: dict[str, TableValidation] = {}
    with psycopg.connect(connection_url, autocommit=True) as connection:
        with connection.transaction():
            hold_lock(connection, "monitoring.validation_results", "pg_advisory_xact_lock")
            connection.execute(CREATE_RESULTS)
        for suite in sorted(suites, key=lambda suite: suite.table):  # one order, so that two runs cannot deadlock
            hold_lock(connection, suite.table, "pg_advisory_lock")  # `eis.ingest` waits for it too
            # Before the run: a table that changes meanwhile is then checked again.
            fingerprints[suite.table] = find_fingerprint(connection, suite, shares.get(suite.table, 0.0))
            if earlier := find_results(connection, suite, fingerprints[suite.table]):
                validations[suite.table] = earlier
        if waiting := [suite for suite in suites if suite.table not in validations]:
            with open_session(connection_url, state / "gx", run_id) as session:
                for suite in waiting:
                    results = validate_table(connection, session, suite, shares.get(suite.table, 0.0))
                    record_results(connection, suite, run_id, fingerprints[suite.table], results)
                    quarantined = count_quarantined(connection, suite)
                    validations[suite.table] = TableValidation(suite.table, run_id, True, results, quarantined)
                draw_report(session)
    return [validations[suite.table] for suite in suites]


def hold_lock(connection: psycopg.Connection, what: str, function: str) -> None:
    """Wait for the lock of this name and hold it, to the end of the transaction or of the session."""
    connection.execute(sql.SQL("select {}(hashtextextended(%s, 0))").format(sql.Identifier(function)), [what])


def find_fingerprint(connection: psycopg.Connection, suite: Suite, share: float) -> str:
    """Digest of all that the results depend on: the rules, the share and the state of the table.

    Raises:
        EisError: there is no such table.
    """
    if suite.schema_name == "raw":  # what quarantine moves is no change
        query = "select sha256, loaded_at from raw._loads where 'raw.' || table_name = %s"
    else:  # a rebuild gives a table new storage; rows changed in place are counted
        query = """
            select oid, pg_relation_filenode(oid), pg_stat_get_tuples_inserted(oid),
                pg_stat_get_tuples_updated(oid), pg_stat_get_tuples_deleted(oid)
            from pg_class where oid = to_regclass(%s)
        """
    state = connection.execute(query, [suite.table]).fetchone()
    if state is None:
        raise EisError(f"{suite.path} is about {suite.table}, which is not in the warehouse. Load or build it first.")
    parts = (suite.model_dump_json(), share, *state)
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def find_results(connection: psycopg.Connection, suite: Suite, fingerprint: str) -> TableValidation | None:
    """The table's last results, when they are results of this fingerprint."""
    last = connection.execute(
        """
        select run_id, fingerprint
        from monitoring.validation_results
        where schema_name = %s and table_name = %s
        order by validated_at desc
        limit 1
        """,
        [suite.schema_name, suite.table_name],
    ).fetchone()
    if last is None or last[1] != fingerprint:
        return None
    columns = sql.SQL(", ").join(sql.Identifier(field.name) for field in fields(RuleResult))
    with connection.cursor(row_factory=class_row(RuleResult)) as cursor:
        cursor.execute(
            sql.SQL(
                "select {} from monitoring.validation_results"
                " where run_id = %s and schema_name = %s and table_name = %s order by rule_number"
            ).format(columns),
            [last[0], suite.schema_name, suite.table_name],
        )
        results = cursor.fetchall()
    return TableValidation(suite.table, last[0], False, results, count_quarantined(connection, suite))


def record_results(
    connection: psycopg.Connection, suite: Suite, run_id: uuid.UUID, fingerprint: str, results: list[RuleResult]
) -> None:
    """Add a table's results to `monitoring.validation_results`, all or none."""
    shared = {
        "run_id": run_id,
        "schema_name": suite.schema_name,
        "table_name": suite.table_name,
        "fingerprint": fingerprint,
        "validated_at": dt.datetime.now(dt.UTC),
    }
    rows = [asdict(result) | shared for result in results]
    names = list(rows[0])
    insert = sql.SQL("insert into monitoring.validation_results ({}) values ({})").format(
        sql.SQL(", ").join(map(sql.Identifier, names)), sql.SQL(", ").join(map(sql.Placeholder, names))
    )
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(insert, rows)


def validate_table(connection: psycopg.Connection, session: Session, suite: Suite, share: float) -> list[RuleResult]:
    """Run one suite, move failing rows to quarantine where that is allowed, and run it again on what is left."""
    if suite.schema_name == "raw":
        restore_quarantined(connection, suite.table_name)
    definition = define_validation(session, suite)
    results = run_suite(session, suite, definition)
    allowed = int(share * max((result.element_count or 0 for result in results), default=0))
    failing = find_failing_rows(suite, definition, results, allowed)
    to_move = {number: rows for number, rows in failing.items() if suite.rules[number - 1].quarantine}
    if 0 < len(set().union(*to_move.values())) <= allowed and is_complete(to_move, results):
        move_to_quarantine(connection, suite, to_move, session.run_id)
        results = run_suite(session, suite, definition)
        moved = {number: len(rows) for number, rows in to_move.items()}
        results = [replace(result, quarantined_count=moved.get(result.rule_number, 0)) for result in results]
    return [
        result if result.success else replace(result, sample_rows=failing.get(result.rule_number, [])[:SAMPLE_ROWS])
        for result in results
    ]


def is_complete(failing: Mapping[int, list[int]], results: list[RuleResult]) -> bool:
    """Whether every failing row of these rules was found."""
    counts = {result.rule_number: result.unexpected_count for result in results}
    return all(len(rows) == counts[number] for number, rows in failing.items())


def restore_quarantined(connection: psycopg.Connection, name: str) -> None:
    """Bring back the rows of the present load; those of an earlier load went with the file that they came from."""
    quarantine, target = sql.Identifier("quarantine", name), sql.Identifier("raw", name)
    with connection.transaction():
        if not table_exists(connection, "quarantine", name):
            return
        belongs = sql.SQL("_loaded_at = (select loaded_at from raw._loads where table_name = %s)")
        query = sql.SQL("select from {} where {} limit 1").format(quarantine, belongs)
        if connection.execute(query, [name]).rowcount:
            columns = sql.SQL(", ").join(map(sql.Identifier, existing_columns(connection, name)))
            connection.execute(sql.SQL("insert into {0} ({1}) select {1} from {2}").format(target, columns, quarantine))
        connection.execute(sql.SQL("drop table {}").format(quarantine))


def move_to_quarantine(
    connection: psycopg.Connection, suite: Suite, failing: Mapping[int, list[int]], run_id: uuid.UUID
) -> None:
    """Move rows from a raw table to the one beside it, each with the descriptions of the rules that it fails."""
    pairs = [(row, suite.rules[number - 1].description) for number, rows in failing.items() for row in rows]
    comment = f"Rows of {suite.table} moved aside because a critical rule fails. One row per record of the file."
    with connection.transaction():
        hold_lock(connection, "quarantine", "pg_advisory_xact_lock")
        connection.execute("create schema if not exists quarantine")
        connection.execute(
            sql.SQL(
                "create table {} (like {}, _rules text[] not null, _run_id uuid not null,"
                " _quarantined_at timestamptz not null default now())"
            ).format(suite.quarantine, suite.identifier)
        )
        connection.execute(sql.SQL("comment on table {} is {}").format(suite.quarantine, sql.Literal(comment)))
        connection.execute(
            sql.SQL(
                """
                with failing as (
                    select failed_row, array_agg(rule order by position) as rules
                    from unnest(%s::bigint[], %s::text[]) with ordinality as pairs (failed_row, rule, position)
                    group by failed_row
                ),

                moved as (
                    delete from {raw} as delivered
                    using failing
                    where delivered._row = failing.failed_row
                    returning delivered.*, failing.rules
                )

                insert into {quarantine}
                select *, %s::uuid from moved
                """
            ).format(raw=suite.identifier, quarantine=suite.quarantine),
            [[row for row, _ in pairs], [rule for _, rule in pairs], run_id],
        )


def count_quarantined(connection: psycopg.Connection, suite: Suite) -> int:
    """Rows of a raw table that lie in quarantine."""
    if suite.schema_name != "raw" or not table_exists(connection, "quarantine", suite.table_name):
        return 0
    found = connection.execute(sql.SQL("select count(*) from {}").format(suite.quarantine)).fetchone()
    return found[0] if found else 0


def table_exists(connection: psycopg.Connection, schema: str, name: str) -> bool:
    """Whether there is such a table."""
    query = "select from pg_tables where schemaname = %s and tablename = %s"
    return connection.execute(query, [schema, name]).rowcount > 0


def build_expectations(suite: Suite) -> "list[Expectation]":
    """The rules as Great Expectations' objects.

    Raises:
        EisError: an expectation is unknown or refuses its arguments; names file and rule.
    """
    import great_expectations.expectations as catalogue

    expectations = []
    for number, rule in enumerate(suite.rules, start=1):
        kind = getattr(catalogue, rule.expectation, None)
        place = name_rule(suite, number)
        if kind is None:
            similar = ", ".join(get_close_matches(rule.expectation, dir(catalogue)))
            raise EisError(f"{place}: there is no such expectation. Similar: {similar or 'none'}.")
        try:
            expectation = kind(
                **rule.kwargs, severity=rule.severity, description=rule.description, meta={"rule": number}
            )
        except (TypeError, ValueError) as error:
            raise EisError(f"{place}: {error}") from error
        expectations.append(expectation)
    return expectations


def name_rule(suite: Suite, number: int) -> str:
    """Where a rule stands, for a message."""
    return f"{suite.path}, rule {number} ({suite.rules[number - 1].expectation})"


@contextmanager
def open_session(connection_url: str, folder: Path, run_id: uuid.UUID) -> Iterator[Session]:
    """Great Expectations without a project of its own: suites and connection come from here, the report stays."""
    import great_expectations
    from great_expectations.data_context.types.base import DataContextConfig, ProgressBarsConfig

    folder.mkdir(parents=True, exist_ok=True)

    def keep(kind: str, subfolder: str) -> dict[str, Any]:
        backend = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder / subfolder)}
        return {"class_name": kind, "store_backend": backend}

    config = DataContextConfig(
        stores={
            # The report is drawn from these two, also for tables whose suite did not have to run again.
            "expectations_store": keep("ExpectationsStore", "suites"),
            "validation_results_store": keep("ValidationResultsStore", "results"),
            "validation_definition_store": {"class_name": "ValidationDefinitionStore"},
            "checkpoint_store": {"class_name": "CheckpointStore"},
        },
        expectations_store_name="expectations_store",
        validation_results_store_name="validation_results_store",
        checkpoint_store_name="checkpoint_store",
        data_docs_sites={
            "site": {
                **keep("SiteBuilder", "data_docs"),
                "show_how_to_buttons": False,
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            }
        },
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context = great_expectations.get_context(mode="ephemeral", project_config=config)
    with warnings.catch_warnings():
        # Its PostgreSQL source refuses URLs of a unix socket; tables here lie in more than one schema.
        warnings.filterwarnings("ignore", module="great_expectations")
        # Autocommit: a transaction left open between two suites would keep the next load waiting.
        source = context.data_sources.add_sql(
            "warehouse",
            connection_string=connection_url,
            kwargs={"isolation_level": "AUTOCOMMIT"},  # type: ignore[call-arg]
        )
        try:
            yield Session(context, source, folder, run_id)
        finally:
            source.get_engine().dispose()
            if source.execution_engine:  # which has an engine of its own
                source.execution_engine.close()


def define_validation(session: Session, suite: Suite) -> "ValidationDefinition":
    """The whole table and its rules, in Great Expectations' terms."""
    from great_expectations import ExpectationSuite, ValidationDefinition

    asset = session.source.add_table_asset(suite.table, table_name=suite.table_name, schema_name=suite.schema_name)
    data = asset.add_batch_definition_whole_table("all rows")
    rules = session.context.suites.add_or_update(
        ExpectationSuite(name=suite.table, expectations=build_expectations(suite))
    )
    return session.context.validation_definitions.add(ValidationDefinition(name=suite.table, data=data, suite=rules))


def run_suite(session: Session, suite: Suite, definition: "ValidationDefinition") -> list[RuleResult]:
    """Run all rules on the table as it is now, and keep the results for the report in place of earlier ones.

    Raises:
        EisError: a rule cannot be evaluated, for example because it names a column that is not there.
    """
    from great_expectations import RunIdentifier

    shutil.rmtree(session.folder / "results" / suite.schema_name / suite.table_name, ignore_errors=True)
    run = RunIdentifier(run_name=str(session.run_id), run_time=dt.datetime.now(dt.UTC))
    outcome = definition.run(result_format=dict(COUNTS_ONLY), run_id=run)
    found = {result.expectation_config.meta["rule"]: result for result in outcome.results if result.expectation_config}
    return [read_result(suite, number, found[number]) for number in range(1, len(suite.rules) + 1)]


def read_result(suite: Suite, number: int, found: "ExpectationValidationResult") -> RuleResult:
    """What Great Expectations says of one rule, in our terms.

    Raises:
        EisError: it could not evaluate the rule.
    """
    # Either one report, or one for each number that could not be computed.
    reports = [found.exception_info] if "raised_exception" in found.exception_info else found.exception_info.values()
    if messages := [report["exception_message"] for report in reports if report["raised_exception"]]:
        raise EisError(f"{name_rule(suite, number)} cannot be evaluated: {messages[0]}")
    rule, numbers = suite.rules[number - 1], found.result
    observed, percent = numbers.get("observed_value"), numbers.get("unexpected_percent")
    return RuleResult(
        rule_number=number,
        expectation=rule.expectation,
        column_name=rule.columns,
        description=rule.description,
        severity=rule.severity,
        success=bool(found.success),
        observed_value=None if observed is None else str(observed),
        element_count=numbers.get("element_count"),
        unexpected_count=numbers.get("unexpected_count"),
        unexpected_share=None if percent is None else percent / 100,
        quarantined_count=0,
        sample_rows=[],
    )


def find_failing_rows(
    suite: Suite, definition: "ValidationDefinition", results: list[RuleResult], allowed: int
) -> dict[int, list[int]]:
    """Rule number -> lines of failing rows: all where quarantine may take them, else some as examples."""
    from great_expectations.expectations.expectation import ColumnMapExpectation, ColumnPairMapExpectation

    failing: dict[int, list[int]] = {}
    if suite.schema_name != "raw" or all(result.success for result in results):
        return failing
    batch = definition.data.get_batch()
    for rule, expectation, result in zip(suite.rules, definition.suite.expectations, results, strict=True):
        if result.success or not isinstance(expectation, ColumnMapExpectation | ColumnPairMapExpectation):
            continue
        count = result.unexpected_count or 0
        limit = count if rule.quarantine and count <= allowed else SAMPLE_ROWS
        outcome = batch.validate(
            expectation,
            result_format={
                "result_format": "SUMMARY",
                "partial_unexpected_count": limit,
                "exclude_unexpected_values": True,
                "unexpected_index_column_names": ["_row"],
            },
        )
        [lines] = outcome.result["partial_unexpected_index_list"]
        failing[result.rule_number] = sorted(lines["_row"])
    return failing


def draw_report(session: Session) -> None:
    """Draw the HTML report of the last results of every table, `data_docs/index.html`."""
    shutil.rmtree(session.folder / "data_docs", ignore_errors=True)
    session.context.build_data_docs()
