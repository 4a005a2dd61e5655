"""`eis department`: arguments in, one call, words out.

Belongs here: commands and how their results look. Does not: work.
"""

from typing import Annotated

import typer

from eis.errors import EisError

department = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="""Adding a department, and what is still missing in one.

docs/guides/adding_a_department.md walks through it.
""",
)


def add_to(commands: typer.Typer) -> None:
    """Hang the commands under `eis`."""
    commands.add_typer(department, name="department")


@department.command()
def new(
    name: Annotated[str, typer.Argument(help="small letters; folders and models are named after it")],
    source: Annotated[
        str, typer.Option("--from", help="folder of raw CSV files, or URL of a database, no password in it")
    ],
    schema: Annotated[str | None, typer.Option(help="schema of the database; default: the login's own")] = None,
) -> None:
    """Look at a department's raw tables and draft its files; what is there already is never written over.

    Example: `eis department new county --from /srv/county/raw`
    """
    from eis.onboarding.adding import add_department, describe_table
    from eis.settings import read_settings

    added = add_department(name, source, read_settings(), schema)
    for table in added.tables:
        typer.echo(describe_table(table, added.links.get(table.name, [])))
    typer.echo("")
    for path in added.written:
        typer.echo(f"wrote {path}")
    typer.echo(
        f"\nNothing of it runs before each TODO is decided. EIS_DEPARTMENT={name} eis department check says what is"
        " missing; docs/guides/adding_a_department.md goes through it."
    )


@department.command()
def extract(
    full: Annotated[bool, typer.Option("--full", help="read everything again, also where there is a cursor")] = False,
) -> None:
    """Bring the raw files up to date from the department's own database; EIS_SOURCE_PASSWORD is its password.

    Example: `EIS_DEPARTMENT=county eis department extract`
    """
    from eis.department import load_department
    from eis.extraction import extract_tables
    from eis.settings import read_settings

    settings = read_settings()
    for name, done in extract_tables(settings, load_department(settings), full).items():
        typer.echo(f"{name}: {done.rows_read:,} rows read, {done.rows:,} in the file")


@department.command()
def stub(table: Annotated[str, typer.Argument(help="core table that no draft was written for")]) -> None:
    """Draft the mapping of one more core table of the chosen department.

    Example: `EIS_DEPARTMENT=county eis department stub uses_of_force`
    """
    from eis.onboarding.adding import add_stub
    from eis.settings import read_settings

    path = add_stub(read_settings().department, table)
    typer.echo(f"wrote {path}; take {table} out of absent_tables in department.yml if it is there")


@department.command()
def check() -> None:
    """Say what is mapped, what is missing, and what each gap costs; exit code 1 while something is left to do.

    Example: `EIS_DEPARTMENT=county eis department check`
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    from eis.onboarding.checking import check_department
    from eis.settings import read_settings

    settings = read_settings()
    found = check_department(settings)
    shown = Table("core table", "state", "gap", "costs", box=SIMPLE_HEAD)
    for table in found.tables:
        gaps = [(gap, cost.describe()) for gap, cost in table.gaps.items()] or [("", "")]
        for number, (gap, cost) in enumerate(gaps):
            first = (table.name, table.state) if number == 0 else ("", "")
            shown.add_row(*first, gap.partition(".")[2] or ("the table" if gap else ""), cost)
    console = Console(markup=False, highlight=False)
    console.print(shown)
    console.print(f"{found.available} of {found.declared} features can be made of what is mapped.")
    for point in found.open_points:
        typer.echo(f"open: {point}")
    if not found.is_complete:
        raise EisError(f"Department '{settings.department}' is not complete: see above.")
