"""`eis reviews` and `eis interventions`: what supervisors do with a list, entered by themselves.

Belongs here: commands and how their results look. Does not: work, or any check of who may do it: PostgreSQL's.
"""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from eis.governance.commands import make_table, show

if TYPE_CHECKING:
    from rich.table import Table

    from eis.governance.use import DueReview

OfficerId = Annotated[str, typer.Argument(help="the officer")]
Action = Literal["none", "counselling", "training", "peer_support", "reassignment", "other"]
Kind = Literal["counselling", "training", "peer_support", "reassignment", "other"]
Result = Literal["completed", "declined", "broken_off"]
Day = Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="day, if it is not today")]

reviews = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="""Reviews of listed officers: who is due, who is overdue, what was decided.

A supervisor reviews the officers of the own units, with a login of their own (`EIS_USER_URL`); `policy.yml` says which
roles review, and within how many days.
""",
)
interventions = typer.Typer(
    no_args_is_help=True, help="What was begun for an officer, and how it ended. Never a measure of discipline."
)


def add_to(commands: typer.Typer) -> None:
    """Hang the commands under `eis`."""
    commands.add_typer(reviews, name="reviews")
    commands.add_typer(interventions, name="interventions")


@reviews.command("record")
def record_review(
    officer_id: OfficerId,
    agrees: Annotated[
        bool, typer.Option("--agree/--disagree", help="whether the officer's situation calls for a closer look")
    ],
    action: Annotated[Action, typer.Option(help="what follows; `none` needs --why-none")],
    why_none: Annotated[str | None, typer.Option(help="why nothing follows, for whoever reads it in a year")] = None,
    holds: Annotated[list[int] | None, typer.Option(help="number of a reason that holds; several times")] = None,
    doubt: Annotated[list[int] | None, typer.Option(help="number of a reason that does not; several times")] = None,
) -> None:
    """Review an officer on the current list: agree or not, with each reason; and what follows.

    The reasons with their numbers are in `scores.visible_officer_reasons`; each that raises the score is judged.

    Example: `eis reviews record 1042 --agree --holds 1 --holds 3 --doubt 2 --action counselling`
    """
    from eis.governance import use
    from eis.governance.connection import acting
    from eis.settings import read_settings

    with acting(read_settings()) as connection:
        number = use.record_review(connection, officer_id, agrees, action, why_none, holds or [], doubt or [])
        typer.echo(f"Review {number} of officer {officer_id} by {connection.info.user}.")


@reviews.command("list")
def list_reviews(
    everything: Annotated[bool, typer.Option("--all", help="earlier lists and officers reviewed too")] = False,
) -> None:
    """Who of the login's units is to be reviewed by when; with --all, everybody who was, and what came of it.

    Example: `eis reviews list --all`
    """
    from eis.governance import use
    from eis.governance.connection import acting
    from eis.settings import read_settings

    with acting(read_settings()) as connection:
        found = [one for one in use.list_reviews(connection) if everything or one.is_waiting]
    show(tabulate(found) if found else "Nobody is waiting for a review.")


@reviews.command()
def overdue() -> None:
    """Who of the login's units should have been reviewed by now; exit code 1 when somebody should.

    Example: `eis reviews overdue`
    """
    from eis.governance import use
    from eis.governance.connection import acting
    from eis.settings import read_settings

    with acting(read_settings()) as connection:
        found = [one for one in use.list_reviews(connection) if one.status == "overdue"]
    if found:
        show(tabulate(found))
        raise typer.Exit(1)
    typer.echo("No review is overdue.")


def tabulate(found: list["DueReview"]) -> "Table":
    """Reviews, one a row."""
    table = make_table("officer", "unit", "as of", "due", "", "review", "by", "agrees", "action", "why")
    for one in found:
        officer = f"{one.officer_id} {one.full_name or ''}".strip()
        verdict = "" if one.agrees is None else "yes" if one.agrees else "no"
        done = (one.review_no, one.reviewed_by, verdict, one.action, one.why_none)
        cells = (officer, one.unit_id, one.as_of_date, one.review_due_on, one.status, *done)
        table.add_row(*("" if cell is None else str(cell) for cell in cells))
    return table


@interventions.command("record")
def record_intervention(
    officer_id: OfficerId,
    kind: Annotated[Kind, typer.Option(help="what was begun")],
    review: Annotated[int | None, typer.Option(help="number of the review that led to it")] = None,
    started_on: Day = None,
) -> None:
    """Enter that something was begun for an officer of the login's units, whether a list prompted it or not.

    Example: `eis interventions record 1042 --kind peer_support --review 17 --started-on 2026-01-12`
    """
    from eis.governance import use
    from eis.governance.connection import acting
    from eis.settings import read_settings

    with acting(read_settings()) as connection:
        day = started_on.date() if started_on else None
        number = use.record_intervention(connection, officer_id, kind, day, review)
        typer.echo(f"Intervention {number} for officer {officer_id}, entered by {connection.info.user}.")


@interventions.command("end")
def end_intervention(
    number: Annotated[int, typer.Argument(help="the intervention")],
    result: Annotated[Result, typer.Option(help="how it ended")],
    ended_on: Day = None,
) -> None:
    """Enter that an intervention ended, and how.

    Example: `eis interventions end 5 --result completed`
    """
    from eis.governance import use
    from eis.governance.connection import acting
    from eis.settings import read_settings

    with acting(read_settings()) as connection:
        use.end_intervention(connection, number, result, ended_on.date() if ended_on else None)
        typer.echo(f"Intervention {number} has ended: {result.replace('_', ' ')}.")


@interventions.command("list")
def list_interventions() -> None:
    """What was begun in the login's units, the latest first.

    Example: `eis interventions list`
    """
    from eis.governance import use
    from eis.governance.connection import acting
    from eis.settings import read_settings

    with acting(read_settings()) as connection:
        found = use.list_interventions(connection)
    table = make_table("no", "officer", "unit", "what", "review", "began", "by", "ended", "how")
    for one in found:
        begun = (one.intervention_no, one.officer_id, one.unit_id, one.kind, one.review_no, one.started_on)
        cells = (*begun, one.recorded_by, one.ended_on, one.result)
        table.add_row(*("" if cell is None else str(cell) for cell in cells))
    show(table if found else "No intervention was entered.")
