"""Reading what selection looks at, and writing what it decides."""

from collections.abc import Sequence
from dataclasses import fields

from psycopg import sql
from psycopg.rows import class_row

from ml.errors import ModellingError
from ml.registry import ComparisonRow, EvidenceRow, ListOverlapRow, ModelDraws, SelectionRow, StandingRow, StepRow
from ml.warehouse.connection import Connection, append_rows


def read_evidence(connection: Connection, experiment_id: str) -> list[EvidenceRow]:
    """What was known of the candidates at each date of a decision, in a fixed order."""
    query = _select(EvidenceRow, "selection_evidence", "outcome, decided_on, model_group, replay_as_of_date, metric")
    with connection.cursor(row_factory=class_row(EvidenceRow)) as cursor:
        return cursor.execute(query, [experiment_id]).fetchall()


def read_overlaps(connection: Connection, experiment_id: str) -> list[ListOverlapRow]:
    """How much of the candidates' lists stays from date to date, in a fixed order."""
    query = _select(ListOverlapRow, "list_overlaps", "outcome, model_group, later_as_of_date, parameter")
    with connection.cursor(row_factory=class_row(ListOverlapRow)) as cursor:
        return cursor.execute(query, [experiment_id]).fetchall()


def _select(kind: type, table: str, order: str) -> sql.Composed:
    return sql.SQL("select {} from ml.{} where experiment_id = %s order by {}, parameter").format(
        sql.SQL(", ").join(sql.Identifier(field.name) for field in fields(kind)),
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, order.split(", "))),
    )


def read_draws(connection: Connection, experiment_id: str, outcome: str) -> list[ModelDraws]:
    """Metrics of every group of an outcome at the test dates, in the order of the grid."""
    query = """
        select models.model_group, model_groups.kind, models.test_as_of_date, metric, parameter, draws
        from ml.evaluation_draws
        inner join ml.models using (model_id)
        inner join ml.model_groups using (experiment_id, model_group)
        where evaluation_draws.experiment_id = %s and models.outcome = %s and models.role = 'test'
        order by model_groups.place, models.test_as_of_date, metric, parameter
        """
    with connection.cursor(row_factory=class_row(ModelDraws)) as cursor:
        return cursor.execute(query, [experiment_id, outcome]).fetchall()


def find_selection(connection: Connection, outcome: str) -> str | None:
    """The identifier of an outcome's latest selection."""
    row = connection.execute(
        "select selection_id from ml.selections where outcome = %s order by selected_at desc limit 1", [outcome]
    ).fetchone()
    return row[0] if row else None


def find_selected_group(connection: Connection, outcome: str) -> tuple[str, str] | None:
    """Experiment and group of an outcome's latest selection."""
    return connection.execute(
        "select experiment_id, model_group from ml.selections where outcome = %s order by selected_at desc limit 1",
        [outcome],
    ).fetchone()


def list_selected_groups(connection: Connection, experiment_id: str, outcomes: Sequence[str]) -> dict[str, str]:
    """Outcome -> the group that scores now, where the decision that stands chose one.

    Raises:
        ModellingError: on one of the outcomes no decision stands, or one about another experiment: nobody knows what
            the rule would choose with the data, settings and code that there are.
    """
    rows = connection.execute(
        "select distinct on (outcome) outcome, model_group, experiment_id from ml.selections "
        "order by outcome asc, selected_at desc"
    )
    chosen = {outcome: group for outcome, group, decided in rows if decided == experiment_id}
    if undecided := [outcome for outcome in outcomes if outcome not in chosen]:
        raise ModellingError(
            f"No model group of {', '.join(undecided)} was selected with these data, settings and code; a delivery "
            "changes the data. Run job `backtest`, then `retrain`; or `eis run`, which does both."
        )
    return {outcome: group for outcome in outcomes if (group := chosen[outcome])}


def write_selection(
    connection: Connection,
    selection: SelectionRow,
    steps: Sequence[StepRow],
    standings: Sequence[StandingRow],
    comparisons: Sequence[ComparisonRow],
) -> None:
    """Append a decision in one transaction; what led to it stands already if it was taken before."""
    with connection.transaction():
        known = connection.execute(
            "select from ml.selections where selection_id = %s limit 1", [selection.selection_id]
        ).fetchone()
        append_rows(connection, "selections", SelectionRow, [selection])
        if known is None:
            append_rows(connection, "selection_steps", StepRow, steps)
            append_rows(connection, "selection_standings", StandingRow, standings)
            append_rows(connection, "comparisons", ComparisonRow, comparisons)
