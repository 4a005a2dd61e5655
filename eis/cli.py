"""The command `eis`: arguments in, one call to the module that does the work, words out.

Belongs here: commands, their help, and the one handler of `EisError`. Does not: work. Whatever is slow to import is
imported inside the command that needs it, because `eis warehouse url` is called from scripts.
"""

import logging
import os
import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eis.errors import EisError
from eis.governance import commands as governance_commands
from eis.governance import records_commands, use_commands
from eis.onboarding import commands as onboarding_commands

if TYPE_CHECKING:
    from eis.settings import Settings

PASS_ON = {"ignore_unknown_options": True, "allow_interspersed_args": False}


class Part(StrEnum):
    """What `eis up` starts beside the warehouse."""

    BOTH = "both"
    UI = "ui"
    DAEMON = "daemon"


commands = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="""
Early Intervention System: raw department tables to tested feature marts and governed risk scores.

The environment says what to work on:

* `EIS_DEPARTMENT`: folder under `departments/` (default `demo`)
* `EIS_CONFIGURATION`: folder of its `department.yml` and `policy.yml`, where that is not the folder above
* `EIS_RAW_PATH`: folder of that department's raw files
* `EIS_HOME`: folder of all local state (default `.eis` in the checkout)
* `EIS_DATABASE_URL`: a PostgreSQL to use instead of the embedded one
* `EIS_BI_URL`: the login of BI tools there, for `eis bi`
* `EIS_SOURCE_PASSWORD`: of the database that `eis department extract` reads
* `EIS_USER_URL`: your own login (`eis access add`), for what is recorded with a name: approve, withdraw, review, export
""",
)
warehouse_commands = typer.Typer(no_args_is_help=True, help="The PostgreSQL that holds everything.")
commands.add_typer(warehouse_commands, name="warehouse")
demo_commands = typer.Typer(no_args_is_help=True, help="The synthetic department.")
commands.add_typer(demo_commands, name="demo")
report_commands = typer.Typer(no_args_is_help=True, help="Pages and tables for people.")
commands.add_typer(report_commands, name="report")
governance_commands.add_to(commands)
use_commands.add_to(commands)
records_commands.add_to(commands)
onboarding_commands.add_to(commands)


def read_settings() -> "Settings":
    """Settings from the environment; imported late, because pydantic takes its time."""
    from eis.settings import read_settings as read

    return read()


def app() -> None:
    """Run a command; a fault that the operator can mend is shown as a message, anything else as a traceback."""
    logging.raiseExceptions = False  # what a full disk keeps out of a log is not what an operator has to hear of
    try:
        commands()
    except EisError as error:
        typer.secho(str(error), fg="red", err=True)
        sys.exit(1)


@warehouse_commands.command()
def start() -> None:
    """Start the warehouse and make the department's database; it goes on running afterwards.

    Example: `EIS_DEPARTMENT=chicago eis warehouse start`
    """
    from eis.postgres import Warehouse

    warehouse = Warehouse(read_settings())
    warehouse.start()
    typer.echo(f"Running: {warehouse.status().address}")


@warehouse_commands.command()
def stop() -> None:
    """Stop the embedded server; its data stay.

    Example: `eis warehouse stop`
    """
    from eis.postgres import Warehouse

    typer.echo("Stopped." if Warehouse(read_settings()).stop() else "It was not running.")


@warehouse_commands.command()
def status() -> None:
    """Say whether the warehouse answers and where; exit code 1 when it does not.

    Example: `eis warehouse status || eis warehouse start`
    """
    from eis.postgres import Warehouse

    found = Warehouse(read_settings()).status()
    kind = "embedded" if found.is_embedded else "EIS_DATABASE_URL"
    typer.echo(f"{'Running' if found.is_running else 'Not running'} ({kind}): {found.address}")
    if found.fault:
        typer.echo(found.fault)
    if not found.is_running:
        raise typer.Exit(1)


@warehouse_commands.command()
def backup(folder: Annotated[Path, typer.Argument(help="folder to make; it must not exist")]) -> None:
    """Write a backup of the department's database and roles, without passwords; readable by you alone.

    Example: `eis warehouse backup /backups/demo-2026-02-02`
    """
    from eis.backup import back_up
    from eis.postgres import Warehouse

    manifest = back_up(Warehouse(read_settings()), folder.resolve())
    typer.echo(f"{folder}: {manifest.describe()}")


@warehouse_commands.command()
def restore(folder: Annotated[Path, typer.Argument(help="what `eis warehouse backup` wrote")]) -> None:
    """Bring a backup into an empty warehouse; what is there already is never written over.

    Example: `EIS_HOME=/tmp/try eis warehouse restore /backups/demo-2026-02-02`
    """
    from eis.backup import restore as restore_backup
    from eis.postgres import Warehouse

    warehouse = Warehouse(read_settings())
    warehouse.start()
    manifest, logins = restore_backup(warehouse, folder.resolve())
    typer.echo(f"Restored: {manifest.describe()}")
    if logins:
        typer.echo(f"Logins not known to have a password: {', '.join(logins)}")


@warehouse_commands.command()
def url(
    bi: Annotated[bool, typer.Option("--bi", help="the read-only login for BI tools, over TCP, with password")] = False,
) -> None:
    """Print the connection URL and nothing else.

    Examples: `psql "$(eis warehouse url)"`, `eis warehouse url --bi`
    """
    from eis.postgres import Warehouse

    warehouse = Warehouse(read_settings())
    typer.echo(warehouse.bi_url(with_password=True) if bi else warehouse.url())


@warehouse_commands.command(context_settings=PASS_ON)
def psql(arguments: Annotated[list[str] | None, typer.Argument(help="passed on to psql")] = None) -> None:
    """Open psql on the department's database, as the owner.

    Examples: `eis warehouse psql`, `eis warehouse psql -c '\\dn'`
    """
    from eis.postgres import Warehouse, find_programs

    environment = os.environ | Warehouse(read_settings()).environment()
    os.execve(find_programs() / "psql", ["psql", *(arguments or [])], environment)  # noqa: S606


@warehouse_commands.command("exec", context_settings=PASS_ON)
def execute(arguments: Annotated[list[str], typer.Argument(help="program and its arguments")]) -> None:
    """Run a program with the warehouse started and its connection in the environment (PGHOST and so on).

    Example: `eis warehouse exec pg_dump --schema scores`
    """
    from eis.postgres import Warehouse
    from eis.transform import dbt_environment

    settings = read_settings()
    Warehouse(settings).start()
    environment = dbt_environment(settings)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
    program = shutil.which(arguments[0], path=environment["PATH"])
    if program is None:
        raise EisError(f"There is no program '{arguments[0]}', neither in this environment nor on PATH.")
    os.execve(program, arguments, environment)  # noqa: S606


@commands.command(context_settings=PASS_ON)
def dbt(arguments: Annotated[list[str], typer.Argument(help="dbt's command and options")]) -> None:
    """Run dbt on the department's database, with the department's variables; dbt's exit code is passed on.

    Examples: `eis dbt build`, `eis dbt build --select core`, `eis dbt test --select officers`
    """
    from eis.governance.schema import ensure_governance
    from eis.postgres import Warehouse
    from eis.transform import dbt_arguments, dbt_environment, refresh_arguments

    settings = read_settings()
    # Options may stand before it, as in `--quiet build`; `--version` alone has none, and takes no variables.
    named = next((argument for argument in arguments if not argument.startswith("-")), None)
    command = ["dbt", *arguments, *(dbt_arguments(settings) if named else [])]
    warehouse = Warehouse(settings)
    warehouse.start()
    if named in ("build", "run"):
        ensure_governance(warehouse.url())
        command += refresh_arguments(settings)
    os.execve(Path(sys.executable).with_name("dbt"), command, dbt_environment(settings))  # noqa: S606


@commands.command()
def doctor() -> None:
    """Check that everything is in place to run the department; exit code 1 when something is not.

    Example: `EIS_DEPARTMENT=chicago EIS_RAW_PATH=~/chicago eis doctor`
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from eis.doctor import examine

    findings = list(examine(read_settings()))
    table = Table("", "check", "finding")
    for finding in findings:
        mark = Text("ok", "green") if finding.is_good else Text("fault", "red")
        table.add_row(mark, finding.question, Text(finding.answer))
    Console().print(table)
    if not all(finding.is_good for finding in findings):
        raise typer.Exit(1)


@commands.command()
def run() -> None:
    """Run the whole line: raw files to published scores; what is up to date is not done again.

    Example: `EIS_DEPARTMENT=chicago EIS_RAW_PATH=~/chicago eis run`
    """
    from rich.console import Console

    from eis.department import load_department
    from eis.run import run_line
    from eis.summary import print_summary

    settings, console = read_settings(), Console(file=sys.stdout)
    seconds = run_line(settings, console)
    print_summary(settings, load_department(settings), seconds, console)


@commands.command()
def up(
    port: Annotated[int, typer.Option(help="port of the Dagster UI")] = 3000,
    host: Annotated[str, typer.Option(help="address that the UI listens on; it has no login of its own")] = "127.0.0.1",
    part: Annotated[Part, typer.Option(help="for a process each, as in compose.yaml")] = Part.BOTH,
) -> None:
    """Start the warehouse, the Dagster UI and its daemon; Ctrl-C ends those two, the warehouse goes on.

    Example: `eis up --port 3001`
    """
    from dagster_project.line import open_line
    from dagster_project.runs import close_dead_runs, open_instance, write_workspace

    line = open_line(read_settings())
    close_dead_runs(open_instance(line), line)
    typer.echo(f"Warehouse   {line.warehouse.describe_bi_connection()}")
    if part is not Part.DAEMON:
        typer.echo(f"Dagster UI  http://{host}:{port}")
    code, address = ["-w", str(write_workspace(line))], ["-h", host, "-p", str(port)]
    program, *arguments = {
        Part.BOTH: ["dagster", "dev", *code, *address],
        Part.UI: ["dagster-webserver", *code, *address],
        Part.DAEMON: ["dagster-daemon", "run", *code],
    }[part]
    os.execv(Path(sys.executable).with_name(program), [program, *arguments])  # noqa: S606


@commands.command()
def bi(
    port: Annotated[int, typer.Option(help="port of the dashboards")] = 8088,
    host: Annotated[
        str, typer.Option(help="address that they listen on; without TLS, so keep others out")
    ] = "127.0.0.1",
) -> None:
    """Start Apache Superset with the dashboards; Ctrl-C ends it, the warehouse goes on. `make bi` installs it first.

    Example: `eis bi --port 8090`
    """
    from dagster_project.line import open_line
    from dagster_project.manifest import load_manifest
    from eis.bi.server import Superset

    line = open_line(read_settings())
    superset = Superset(line.settings)
    typer.echo("Preparing the dashboards (a minute, when something changed) ...")
    superset.prepare(load_manifest(line))
    typer.echo(f"Dashboards     http://{host}:{port}")
    typer.echo("Log in as      a login of your own, made by: eis access add eis_alice --role eis_command")
    typer.echo(f"Administrator  admin, password in {superset.administrator_password_file}; sees no officers")
    command = superset.serve_command(host, port)
    os.execve(command[0], command, superset.environment())  # noqa: S606


@commands.command(context_settings=PASS_ON)
def metrics(arguments: Annotated[list[str], typer.Argument(help="MetricFlow's command and options")]) -> None:
    """Ask for metrics of the published tables, by MetricFlow's `mf`. `make metrics` installs it.

    Example: `eis metrics query --metrics adoption_rate,action_rate --group-by outcome`
    """
    from dagster_project.line import open_line
    from dagster_project.manifest import load_manifest
    from eis.bi.metrics import metrics_command, metrics_environment

    command = metrics_command(arguments)
    line = open_line(read_settings())
    load_manifest(line)
    os.execve(command[0], command, metrics_environment(line.settings))  # noqa: S606


@report_commands.command()
def model(
    outcome: Annotated[str | None, typer.Option(help="one outcome; default: all that are predicted")] = None,
) -> None:
    """Print where the model card and report of each outcome's selected model is: a page that any browser opens.

    Example: `open "$(eis report model --outcome complaint)"`
    """
    from eis.department import load_department
    from eis.postgres import Warehouse
    from eis.reports import fetch_pages

    settings = read_settings()
    department = load_department(settings)
    Warehouse(settings).start()
    for path in fetch_pages(settings, department, outcome):
        typer.echo(path)


@report_commands.command()
def backtest() -> None:
    """Reference figures, baselines, candidates and what was selected at the time, with intervals.

    Example: `EIS_DEPARTMENT=chicago eis report backtest > backtest.md`
    """
    from eis.backtest import tell_backtest
    from eis.postgres import Warehouse

    settings = read_settings()
    server = Warehouse(settings)
    server.start()
    typer.echo(tell_backtest(server.url(), settings.department_folder))


@report_commands.command()
def dictionary() -> None:
    """Print the data dictionary of the tables that BI reads, as Markdown.

    Example: `eis report dictionary > dictionary.md`
    """
    from dagster_project.line import open_line
    from dagster_project.manifest import load_manifest
    from eis.dictionary import tell_dictionary

    typer.echo(tell_dictionary(load_manifest(open_line(read_settings()))))


@report_commands.command()
def contract() -> None:
    """Print the tables, columns and types that BI is promised, as YAML; a release keeps them in bi/contract.yml.

    Example: `eis report contract > bi/contract.yml`
    """
    import yaml

    from dagster_project.line import open_line
    from dagster_project.manifest import load_manifest
    from eis.dictionary import read_contract

    promised = read_contract(load_manifest(open_line(read_settings())))
    typer.echo("# What BI is promised: see docs/adr/0040-bi-contract.md. Made by `eis report contract`, at a release.")
    typer.echo(yaml.safe_dump(promised, sort_keys=False, width=120), nl=False)


@report_commands.command()
def annual(
    year: Annotated[int | None, typer.Option(help="of the lists' as-of dates; default: the latest list's")] = None,
) -> None:
    """Write the annual evaluation that accreditation asks for, and print where it is: a page that any browser opens.

    Lists, decisions, approvals, alerts, reviews, actions, effect, fairness, contested records. It names no officer.

    Example: `open "$(eis report annual --year 2026)"`
    """
    from eis.annual import write_evaluation

    typer.echo(write_evaluation(read_settings(), year))


@report_commands.command()
def briefing(
    outcome: Annotated[
        str | None, typer.Option(help="which list; default: the one that the policy has reviewed")
    ] = None,
    units: Annotated[bool, typer.Option("--units", help="for command staff: a page for each unit too")] = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="PDF files too, by a Chromium that is installed")] = False,
    folder: Annotated[
        Path | None, typer.Option(help="where to; default: `briefings` in the department's state")
    ] = None,
) -> None:
    """Write the month's briefing from the current list, as the person in `EIS_USER_URL`.

    Command staff get one page without any officer; supervisors a page for each of their units: who, why, what has
    changed, how sure it is, what to look at. That officers were read about is recorded.

    Example: `EIS_USER_URL=... eis report briefing --pdf`
    """
    from eis.briefing.files import describe_setting, folder_of, write_for_login
    from eis.briefing.paper import print_pdf
    from eis.department import load_department
    from eis.governance.connection import acting
    from eis.governance.policy import load_policy

    settings = read_settings()
    policy = load_policy(settings)
    chosen = outcome or policy.lists.outcome
    setting = describe_setting(load_department(settings), policy, chosen)
    with acting(settings) as connection:
        pages = write_for_login(connection, setting, chosen, (folder or folder_of(settings)).resolve(), units)
    for page in pages:
        typer.echo(page)
        if pdf:
            typer.echo(print_pdf(page))


@demo_commands.command()
def replay(
    officers: Annotated[int, typer.Option(min=100, help="size of the department")] = 300,
) -> None:
    """Replay a year of monthly operation on a demo department of its own, and print what came of each month.

    In it are a faulty delivery, a drift, an expired list, a retraining, a retirement, and approvals by a login. It goes
    on where it was broken off; the year takes some twenty minutes. What it leaves is under `EIS_HOME`, folder `replay`.

    Example: `eis demo replay`
    """
    import psycopg

    from eis.replay import record
    from eis.replay.play import replay as play_year

    stage = play_year(read_settings().home, typer.echo, officers=officers)
    with psycopg.connect(stage.warehouse.url()) as connection:
        typer.echo(f"\n{record.tell(record.list_months(connection))}\n")
    typer.echo(f"Look at it: {stage.describe_environment()} make up")


@demo_commands.command()
def generate(
    folder: Annotated[Path, typer.Argument(help="folder to write to; made if it does not exist")],
    officers: Annotated[int, typer.Option(min=20, help="size of the department")] = 1_000,
    years: Annotated[int, typer.Option(min=1, help="years of history")] = 8,
    seed: Annotated[int, typer.Option(help="the same seed gives the same bytes")] = 7,
) -> None:
    """Write the raw files of a synthetic department.

    Example: `eis demo generate /tmp/large --officers 5000 --years 10`, then `EIS_RAW_PATH=/tmp/large eis run`
    """
    from eis.demo import generate as generate_demo

    for name, rows in generate_demo(folder, officers, years, seed).items():
        typer.echo(f"{name:<32}{rows:>12,} rows")
