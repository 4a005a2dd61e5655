"""`eis records`: contested records, and what expunging one changes.

Belongs here: commands and how their results look. Does not: work, or any check of who may do it: PostgreSQL's.
"""

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eis.errors import EisError
from eis.governance.commands import make_table, show

if TYPE_CHECKING:
    from eis.consequences import Consequences

Table = Annotated[str, typer.Argument(help="table of the department model, such as complaints")]
Key = Annotated[str, typer.Argument(help="the record's key in it: the first column of core.<table>")]
Authority = Annotated[str, typer.Option(help="the order, statute or decision by which it is done")]
Reason = Annotated[str, typer.Option(help="why, without repeating what the record said")]

NOT_TOLD = "cannot be told"

records = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="""Records that are contested: disputed, expunged, or found to stand.

A disputed record goes on counting and is shown as disputed. An expunged one is left out of everything that is built
from the next run on. Of either, only a hash is kept: that it happened, not what it said. `policy.yml` says who marks.
""",
)


def add_to(commands: typer.Typer) -> None:
    """Hang the commands under `eis`."""
    commands.add_typer(records, name="records")


@records.command()
def dispute(table: Table, key: Key, authority: Authority, reason: Reason) -> None:
    """Mark a record as disputed: it counts until it is decided, and whoever is shown it is told.

    Example: `eis records dispute complaints A-2041 --authority "Grievance 26-17" --reason "The officer was not there"`
    """
    mark(table, key, "disputed", authority, reason)


@records.command()
def expunge(table: Table, key: Key, authority: Authority, reason: Reason) -> None:
    """Mark a record as expunged: from the next run on nothing knows of it.

    What that changes: `eis records effect`, before `eis run`. The raw table keeps the delivered row until the source
    delivers without it; it does not come further than that.

    Example: `eis records expunge complaints A-2041 --authority "Court order 26-113" --reason "Sealed by the court"`
    """
    mark(table, key, "expunged", authority, reason)


@records.command()
def restore(table: Table, key: Key, authority: Authority, reason: Reason) -> None:
    """Mark a record as standing again: its dispute was settled, or the wrong one was expunged.

    Example: `eis records restore complaints A-2041 --authority "Grievance 26-17" --reason "Decided on 3 March"`
    """
    mark(table, key, "stands", authority, reason)


def mark(table: str, key: str, what: str, authority: str, reason: str) -> None:
    """Set a mark and say so."""
    from eis.governance.connection import acting
    from eis.governance.records import mark_record
    from eis.settings import read_settings

    with acting(read_settings()) as connection:
        number = mark_record(connection, table, key, what, authority, reason)
        typer.echo(f"Mark {number}: {what}, by {connection.info.user}. It takes effect with the next eis run.")


@records.command("list")
def list_records() -> None:
    """Every mark that was set, the latest first: what, on whose authority, by whom; nothing of the records.

    Example: `eis records list`
    """
    from eis.governance.connection import acting
    from eis.governance.records import list_marks
    from eis.settings import read_settings

    with acting(read_settings()) as connection:
        found = list_marks(connection)
    table = make_table("no", "table", "record", "mark", "authority", "by", "on", "why")
    for one in found:
        cells = (one.table_name, one.record_hash[:12], one.mark, one.authority, one.marked_by, str(one.marked_on))
        table.add_row(str(one.mark_no), *cells, one.reason)
    show(table if found else "No record was ever contested.")


@records.command()
def effect(
    folder: Annotated[
        Path | None, typer.Option("--csv", help="new folder for the rows and lists that would differ, one by one")
    ] = None,
) -> None:
    """What the marks since the last run will change: feature rows, scores, and who was on past lists.

    Built in a copy of the warehouse, which is dropped afterwards. For the operator, before `eis run`. Of a list whose
    places were shared out by group (`fairness.mitigation` in department.yml) only the scores are compared: who would
    leave or join it cannot be told.

    Example: `eis records effect --csv effect_of_order_26_113`
    """
    from eis.consequences import find_consequences
    from eis.settings import read_settings

    if folder and folder.exists():
        raise EisError(f"{folder} exists already: name a new folder.")
    found = find_consequences(read_settings())
    if found is None:
        typer.echo("No record was expunged or restored since the last run: nothing would differ.")
        return
    table = make_table("outcome", "as of", "list", "scores that differ", "by at most", "leave the list", "join it")
    for change in found.lists:
        published = change.published
        scores = f"{change.n_changed:,} of {change.n_scores:,}"
        names = (
            ("\n".join(change.leaving), "\n".join(change.joining)) if change.names_officers else (NOT_TOLD, NOT_TOLD)
        )
        cells = (str(published.as_of_date), published.status, scores, f"{change.largest:.4f}", *names)
        table.add_row(published.outcome, *cells)
    officers = len({officer for officer, _ in found.feature_rows})
    show(
        f"Records expunged or restored since the last run: {found.n_records}. Feature rows that differ: "
        f"{len(found.feature_rows):,}, of {officers:,} officers, none before {found.build_from}.",
        table if found.lists else "No published list is of a month that changes.",
    )
    if folder:
        write_csv_files(found, folder)
        typer.echo(f"Written to {folder}.")


def write_csv_files(found: "Consequences", folder: Path) -> None:
    """What differs, one by one; in a folder that only its owner can enter."""
    folder.mkdir(mode=0o700, parents=True)
    tables: dict[str, list[tuple[object, ...]]] = {
        "feature_rows": [("officer_id", "as_of_date"), *found.feature_rows],
        "lists": [
            ("outcome", "as_of_date", "list_id", "officer_id", "would"),
            *(
                (change.published.outcome, change.published.as_of_date, change.published.list_id, officer, verb)
                for change in found.lists
                for verb, officers in (("leave", change.leaving), ("join", change.joining))
                for officer in officers
            ),
            *(
                (change.published.outcome, change.published.as_of_date, change.published.list_id, "", NOT_TOLD)
                for change in found.lists
                if not change.names_officers
            ),
        ],
    }
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
