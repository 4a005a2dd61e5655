"""`eis models`, `scores`, `alerts`, `audit`, `access`, `officer`: arguments in, one call, words and tables out.

Belongs here: commands and how their results look. Does not: work, or any check of who may do it: PostgreSQL's.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eis.errors import EisError

if TYPE_CHECKING:
    from rich.table import Table

WORDS = ("", "why", "units", "finding")  # columns that may take several lines

ModelId = Annotated[str, typer.Argument(help="identifier of the model, or how it begins")]
Reason = Annotated[str, typer.Option("--reason", help="why, for whoever reads the audit log in a year")]

models = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="""Models that score, and who approved them.

A model's scores are published only if somebody whom `policy.yml` names has approved it. That somebody acts with a login
of their own (`eis access add`), whose connection is in `EIS_USER_URL`; PostgreSQL refuses everybody else.
""",
)
scores = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="""Published lists: which are current, why one was refused, how to take one back.

Every `eis run` puts the latest scores before the publication gate. What the gate refuses leaves the last list in place
until it expires.
""",
)
alerts = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="""Alerts of the monitoring: what went beyond its bound in `policy.yml`, who says what it was, and until when.

Each run measures and enters them; one that is within its bound again is closed by itself; see
docs/methodology/monitoring.md.
""",
)
audit = typer.Typer(no_args_is_help=True, help="The audit log: who did what, in a chain of hashes.")
access = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="""Logins of people, and what a supervisor sees. For the operator.

What each role may do stands in `policy.yml` (`powers`, `readers`); PostgreSQL enforces it.
""",
)
officer = typer.Typer(no_args_is_help=True, help="What is held about one officer, and officers' names.")


def add_to(commands: typer.Typer) -> None:
    """Hang the commands of governance under `eis`."""
    for name, group in (
        ("models", models),
        ("scores", scores),
        ("alerts", alerts),
        ("audit", audit),
        ("access", access),
        ("officer", officer),
    ):
        commands.add_typer(group, name=name)


def show(*parts: Any) -> None:
    """Print tables and words as they are, without markup in what came from the database."""
    from rich.console import Console

    console = Console(markup=False, highlight=False)
    for part in parts:
        console.print(part)


def make_table(*headers: str) -> "Table":
    """An empty table in the house style."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD)
    for header in headers:
        table.add_column(header, no_wrap=header not in WORDS)
    return table


@models.command("list")
def list_models() -> None:
    """Every model that was trained to score, the newest first, and the decision that holds.

    Challengers score in shadow, beside the model in force; nothing of them is published. One that has won by the
    policy's margin says so: that is a proposal, and no more. What to do with it: docs/methodology/monitoring.md

    Example: `eis models list`
    """
    from eis.governance import approval
    from eis.governance.connection import acting
    from eis.settings import read_settings

    with acting(read_settings()) as connection:
        found = approval.list_models(connection)
    table = make_table("model", "outcome", "group", "for", "state", "by", "list")
    for model in found:
        by = f"{model.decided_by} ({model.mode})" if model.decided_by else ""
        cells = (model.model_id[:8], model.outcome, model.model_group, str(model.predict_as_of_date), model.state)
        table.add_row(*cells, by, model.use)
    show(table)


@models.command("show")
def show_model(model_id: ModelId) -> None:
    """One model: what it learnt from, what selection said, how its group did, every decision on it.

    Example: `eis models show 3f2a`
    """
    from eis.governance import approval
    from eis.governance.connection import acting
    from eis.settings import read_settings

    with acting(read_settings()) as connection:
        model = approval.find_model(connection, model_id)
        facts = approval.describe_model(connection, model.model_id)
        metrics = approval.read_metrics(connection, model.model_id)
        decisions = approval.list_decisions(connection, model.model_id)
    table = make_table("", "")
    for name, value in {"model": model.model_id, "state": model.state, **facts}.items():
        table.add_row(name.replace("_", " "), f"{value:,}" if isinstance(value, int) else str(value))
    figures = make_table("backtest", "list", "mean", "dates")
    for (metric, parameter), (mean, n_dates) in metrics.items():
        figures.add_row(metric, parameter, f"{mean:.3f}", str(n_dates))
    history = make_table("decided", "", "how", "by", "why")
    for decided_at, *rest in decisions:
        history.add_row(f"{decided_at:%Y-%m-%d %H:%M}", *rest)
    show(table, figures, history if decisions else "Nobody has decided on it.")


@models.command("compare")
def compare_models(first: ModelId, second: ModelId) -> None:
    """Two models side by side: how their groups did when the past was replayed.

    Example: `eis models compare 3f2a 91bc`
    """
    from eis.governance import approval
    from eis.governance.connection import acting
    from eis.settings import read_settings

    with acting(read_settings()) as connection:
        pair = [approval.find_model(connection, start) for start in (first, second)]
        metrics = [approval.read_metrics(connection, model.model_id) for model in pair]
    if pair[0].outcome != pair[1].outcome:
        raise EisError(f"{first} predicts {pair[0].outcome}, {second} predicts {pair[1].outcome}: nothing to compare.")
    table = make_table(pair[0].outcome, "list", *(f"{m.model_id[:8]} {m.model_group}" for m in pair), "difference")
    for key in sorted(set(metrics[0]) & set(metrics[1])):
        means = [found[key][0] for found in metrics]
        table.add_row(*key, *(f"{mean:.3f}" for mean in means), f"{means[1] - means[0]:+.3f}")
    show(table)


@models.command()
def approve(model_id: ModelId, reason: Reason) -> None:
    """Approve a model, as yourself: a login whose role `policy.yml` names under `powers.approve`.

    Its scores are published by the next `eis run`, or at once by `eis scores publish`.

    Example: `EIS_USER_URL=... eis models approve 3f2a --reason "Backtest and fairness read; better than the counts"`
    """
    from eis.governance import approval
    from eis.governance.connection import acting
    from eis.settings import read_settings

    with acting(read_settings()) as connection:
        model_id = find_for_decision(connection, model_id)
        approval.approve(connection, model_id, reason)
        typer.echo(f"Model {model_id} is approved by {connection.info.user}. Publish its scores: eis scores publish")


@models.command()
def retire(model_id: ModelId, reason: Reason) -> None:
    """Retire a model: nothing that it scores is published any more. Lists that it gave stay until they expire.

    Example: `EIS_USER_URL=... eis models retire 3f2a --reason "Challenger is better on two years"`
    """
    from eis.governance import approval
    from eis.governance.connection import acting
    from eis.settings import read_settings

    with acting(read_settings()) as connection:
        model_id = find_for_decision(connection, model_id)
        approval.retire(connection, model_id, reason)
        typer.echo(
            f"Model {model_id} is retired by {connection.info.user}. To take its lists back too: eis scores withdraw"
        )


def find_for_decision(connection: Any, start: str) -> str:
    """The whole identifier; as it was given where the login may not read the registry."""
    import psycopg

    from eis.governance import approval

    try:
        with connection.transaction():
            return approval.find_model(connection, start).model_id
    except psycopg.errors.InsufficientPrivilege:
        return start


@scores.command()
def status() -> None:
    """The latest list of each outcome: current, expired, withdrawn or none; and what the gate said last.

    Example: `eis scores status`
    """
    from eis.governance import publication
    from eis.governance.connection import acting
    from eis.settings import read_settings

    with acting(read_settings()) as connection:
        found = publication.list_status(connection)
    show(lists_table(found), *describe_refusals(found))


def lists_table(found: list[Any]) -> "Table":
    """How each outcome's list stands."""
    table = make_table("outcome", "as of", "list", "on it", "valid until", "approved")
    for one in found:
        cells = [one.outcome, one.as_of_date or "", one.status, "", one.valid_until or "", ""]
        if one.approval:
            cells[3], cells[5] = f"{one.n_on_list} of {one.n_officers}", f"{one.approved_by} ({one.approval})"
        table.add_row(*map(str, cells))
    return table


def describe_refusals(found: list[Any]) -> list[str]:
    """What the gate refused last, and what was withdrawn, in words."""
    refused = [f"{one.outcome}: the latest scores were refused. {one.refusal}" for one in found if one.refusal]
    withdrawn = [f"{one.outcome}: withdrawn. {one.withdrawal_reason}" for one in found if one.withdrawal_reason]
    return refused + withdrawn


@scores.command()
def publish() -> None:
    """Ask the gate again about the latest scores, after an approval or a change of policy in the warehouse.

    Nothing is scored, and no bound is lifted. Exit code 1 when a list is refused.

    Example: `eis scores publish`
    """
    import psycopg

    from eis.governance import publication
    from eis.governance.connection import explained
    from eis.postgres import Warehouse
    from eis.settings import read_settings

    with psycopg.connect(Warehouse(read_settings()).url(), autocommit=True) as connection, explained():
        decisions = publication.decide_all(connection)
    for decision in decisions:
        typer.echo(f"{decision.outcome}: {'published' if decision.is_published else f'refused. {decision.refusal}'}")
    if not all(decision.is_published for decision in decisions):
        raise typer.Exit(1)


@scores.command()
def withdraw(
    reason: Reason,
    outcome: Annotated[str | None, typer.Option(help="one outcome's list; default: every current list")] = None,
) -> None:
    """Take the current lists back at once: they are gone for every reader with this command's end.

    A withdrawn list does not come back by itself; new data or a new model can be published. May be done by the operator
    and by logins whose role `policy.yml` names under `powers.withdraw`.

    Example: `eis scores withdraw --reason "Payroll delivered last year's file; hours are wrong"`
    """
    from eis.governance import publication
    from eis.governance.connection import acting
    from eis.settings import read_settings

    with acting(read_settings()) as connection:
        n = publication.withdraw(connection, outcome, reason)
        if not n:
            raise EisError("No list is current: nothing to withdraw. See: eis scores status")
        typer.echo(f"Withdrawn by {connection.info.user}: {n} {'list' if n == 1 else 'lists'}.")


@alerts.command("list")
def list_alerts(
    everything: Annotated[bool, typer.Option("--all", help="closed ones too, with what they were")] = False,
) -> None:
    """Open alerts, what is due first at the top.

    Examples: `eis alerts list`, `eis alerts list --all`
    """
    from eis.governance import alerts as register
    from eis.governance.connection import acting
    from eis.settings import read_settings

    with acting(read_settings()) as connection:
        found = register.list_alerts(connection, None if everything else "open")
    table = make_table("no", "signal", "subject", "as of", "finding", "owner", "due", "why")
    for one in found:
        why = f"closed by {one.closed_by}: {one.closed_because}" if one.closed_by else "overdue" * one.is_overdue
        number, as_of, due = str(one.alert_id), str(one.as_of_date), str(one.due_on)
        table.add_row(number, one.signal, one.subject, as_of, one.finding, one.owner, due, why)
    show(table if found else "No alert is open.")


@alerts.command("close")
def close_alert(alert_id: Annotated[int, typer.Argument(help="number of the alert")], reason: Reason) -> None:
    """Close an alert with what it was. It comes back only if a later month is beyond the bound again.

    May be done by the operator and by logins whose role `policy.yml` names under `powers.close_alerts`.

    Example: `eis alerts close 12 --reason "New form for stops since 1 March; readers were told, see README"`
    """
    from eis.governance import alerts as register
    from eis.governance.connection import acting
    from eis.settings import read_settings

    with acting(read_settings()) as connection:
        register.close_alert(connection, alert_id, reason)
        typer.echo(f"Alert {alert_id} is closed by {connection.info.user}.")


@audit.command()
def verify(
    anchor: Annotated[str | None, typer.Option(help="NUMBER:HASH of an entry that you noted earlier")] = None,
) -> None:
    """Compute the chain again: exit code 1 when an entry was changed, removed, put in or reordered, and which.

    A log that is found whole is anchored: its last entry is noted beside the warehouse, and looked for next time. Keep
    a copy of the line that this prints: with it, a log that was written anew is found too.

    Examples: `eis audit verify`, `eis audit verify --anchor 41:9f86d0...`
    """
    from eis.governance import audit_log
    from eis.governance.connection import acting
    from eis.settings import read_settings

    settings = read_settings()
    file = settings.state / "audit_anchors.jsonl"
    try:
        given = [audit_log.Anchor.parse(anchor)] if anchor else []
    except ValueError as error:
        raise EisError(f"--anchor {anchor}: it has to be NUMBER:HASH, as this command prints it.") from error
    with acting(settings) as connection:
        found = audit_log.verify(connection, audit_log.read_anchors(file) + given)
    if found.faults:
        raise EisError("\n".join(["The audit log was tampered with:", *found.faults]))
    audit_log.note_anchor(file, found.anchor)
    typer.echo(f"{found.n_entries} entries, whole. Anchor: {found.n_entries}:{found.last_hash}")


@audit.command("show")
def show_audit(last: Annotated[int, typer.Option(min=1, help="how many entries")] = 20) -> None:
    """The last entries of the audit log.

    Example: `eis audit show --last 50`
    """
    from eis.governance.connection import acting
    from eis.settings import read_settings

    with acting(read_settings()) as connection:
        entries = connection.execute(
            "select * from (select entry_no, recorded_at, actor, action, content from governance.audit_log"
            " order by entry_no desc limit %s) as latest order by entry_no",
            [last],
        ).fetchall()
    table = make_table("no", "when", "who", "what", "")
    for number, recorded_at, actor, action, content in entries:
        words = ", ".join(f"{name}: {value}" for name, value in content.items() if value is not None)
        table.add_row(str(number), f"{recorded_at:%Y-%m-%d %H:%M:%S}", actor, action, words)
    show(table)


@access.command("add")
def add_login(
    login: Annotated[str, typer.Argument(help="name like eis_alice")],
    role: Annotated[str, typer.Option(help="eis_engineer, eis_scientist, eis_command, eis_supervisor or eis_auditor")],
) -> None:
    """Make a login with one role and a new password, and print its connection: this once, and nowhere else.

    Example: `eis access add eis_alice --role eis_command`
    """
    from eis.governance import access as accounts
    from eis.governance.connection import operating
    from eis.postgres import Warehouse
    from eis.settings import read_settings

    settings = read_settings()
    host, port = Warehouse(settings).tcp_endpoint()
    with operating(settings) as connection:
        password = accounts.add_login(connection, login, role)
        url = accounts.login_url(connection, login, password, host, port)
    typer.echo(f"EIS_USER_URL={url}")


@access.command("remove")
def remove_login(login: Annotated[str, typer.Argument(help="login to close")]) -> None:
    """Close a login at once; its open connections end. What it did stays in the audit log.

    Example: `eis access remove eis_alice`
    """
    from eis.governance import access as accounts
    from eis.governance.connection import operating
    from eis.settings import read_settings

    with operating(read_settings()) as connection:
        accounts.remove_login(connection, login)
    typer.echo(f"{login} is closed.")


@access.command("list")
def list_logins() -> None:
    """Logins of people, their role, and the units of supervisors.

    Example: `eis access list`
    """
    from eis.governance import access as accounts
    from eis.governance.connection import acting
    from eis.settings import read_settings

    with acting(read_settings()) as connection:
        found = accounts.list_logins(connection)
    table = make_table("login", "role", "", "units")
    for one in found:
        table.add_row(one.login, one.role, "open" if one.is_active else "closed", ", ".join(one.units))
    show(table)


@access.command("units")
def set_units(
    login: Annotated[str, typer.Argument(help="a supervisor's login")],
    unit: Annotated[list[str] | None, typer.Option(help="unit; may be given several times")] = None,
    officer_id: Annotated[
        str | None, typer.Option("--officer", help="the supervisor's own officer id: units by core.assignments")
    ] = None,
) -> None:
    """Say which units a supervisor sees: these and no other. With `--officer` each run follows the roster.

    Examples: `eis access units eis_sgt_jones --unit D04`, `eis access units eis_sgt_jones --officer 1042`
    """
    from eis.governance import access as accounts
    from eis.governance.connection import operating
    from eis.settings import read_settings

    if bool(unit) == bool(officer_id):
        raise EisError("Name the units (--unit, several times), or the supervisor's officer id (--officer).")
    with operating(read_settings()) as connection:
        given = accounts.set_units(connection, login, unit or [], officer_id)
    typer.echo(f"{login} sees {', '.join(given)}.")


@officer.command("export")
def export_officer(
    officer_id: Annotated[str, typer.Argument(help="the officer")],
    reason: Reason,
    csv: Annotated[
        Path | None, typer.Option(help="new folder for a CSV file a table; default: JSON on the console")
    ] = None,
) -> None:
    """Everything held about one officer, for the officer: by table, with published scores and who read them.

    Only for roles that `policy.yml` names under `powers.export`; recorded in the audit log. Raw files are not in it:
    they are the sources' own, and `core` holds what was taken from them.

    Example: `EIS_USER_URL=... eis officer export 1042 --reason "Asked for by the officer on 2 March" --csv for_1042`
    """
    from eis.governance import access as accounts
    from eis.governance.connection import acting
    from eis.settings import read_settings

    if csv and csv.exists():
        raise EisError(f"{csv} exists already: name a new folder.")
    with acting(read_settings()) as connection:
        everything = accounts.export_officer(connection, officer_id, reason)
        if csv:
            accounts.write_csv_files(everything, csv)
            typer.echo(f"{len(everything)} tables in {csv}.")
        else:
            typer.echo(json.dumps(everything, indent=2))


@officer.command("names")
def load_names(file: Annotated[Path, typer.Argument(help="CSV: officer_id,full_name")]) -> None:
    """Load officers' names, apart from everything else; seen only beside scores, by `powers.read_names`.

    Example: `eis officer names roster.csv`
    """
    from eis.governance import access as accounts
    from eis.governance.connection import operating
    from eis.settings import read_settings

    if not file.is_file():
        raise EisError(f"{file} is not a file.")
    with operating(read_settings()) as connection:
        typer.echo(f"{accounts.load_names(connection, file)} names.")
