"""Logins, units of supervisors, names, and what is held about an officer.

Belongs here: making and closing logins, and what the commands `eis access` and `eis officer` need. Does not: what each
role may do: the policy says it, and governance.apply_access() grants it.
"""

import csv
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.sql import SQL, Identifier, Literal
from psycopg.types.json import Jsonb

from eis.errors import EisError
from eis.ingest import IN_UTF_8

# On the embedded server only logins of this form may connect over TCP (pg_hba.conf in `eis.postgres`).
LOGIN = re.compile(r"^eis_[a-z0-9_]{1,50}$")
GROUP_ROLES = ("eis_engineer", "eis_scientist", "eis_command", "eis_supervisor", "eis_auditor")


@dataclass(frozen=True)
class Login:
    """A person's login."""

    login: str
    role: str
    is_active: bool
    units: list[str]


def add_login(connection: psycopg.Connection, login: str, role: str) -> str:
    """Make a login, or give a closed or existing one a role and a new password; the password, told this once.

    Raises:
        EisError: the name cannot be a login's.
    """
    if not LOGIN.match(login) or login in (*GROUP_ROLES, "eis_bi"):
        raise EisError(f"'{login}' cannot be a login: it has to be like eis_alice, and not the name of a role.")
    if role not in GROUP_ROLES:
        raise EisError(f"'{role}' is not a role for people. Roles: {', '.join(GROUP_ROLES)}.")
    name = Identifier(login)
    password = secrets.token_urlsafe(24)
    # The verifier is made here, so that the password itself can reach neither a log nor the activity view.
    verifier = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode()
    if not connection.execute("select from pg_roles where rolname = %s", [login]).rowcount:
        connection.execute(SQL("create role {}").format(name))
    connection.execute(SQL("alter role {} login password {}").format(name, Literal(verifier)))
    for other in GROUP_ROLES:
        connection.execute(SQL("revoke {} from {}").format(Identifier(other), name))
    connection.execute(SQL("grant {} to {}").format(Identifier(role), name))
    database = Identifier(connection.info.dbname)
    connection.execute(SQL("grant connect on database {} to {}").format(database, name))
    if role != "eis_supervisor":
        connection.execute("delete from governance.supervisor_units where login = %s", [login])
    _record_login(connection, login, role, True)
    return password


def remove_login(connection: psycopg.Connection, login: str) -> None:
    """Close a login at once, its open connections too. The name stays taken: the audit log speaks of it.

    Raises:
        EisError: there is no such login.
    """
    found = connection.execute("select role from governance.logins where login = %s", [login]).fetchone()
    if found is None:
        raise EisError(f"There is no login {login}. See: eis access list")
    name = Identifier(login)
    connection.execute(SQL("alter role {} nologin password null").format(name))
    for role in GROUP_ROLES:
        connection.execute(SQL("revoke {} from {}").format(Identifier(role), name))
    connection.execute(SQL("revoke connect on database {} from {}").format(Identifier(connection.info.dbname), name))
    connection.execute("delete from governance.supervisor_units where login = %s", [login])
    _record_login(connection, login, found[0], False)
    connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [login])


def _record_login(connection: psycopg.Connection, login: str, role: str, is_active: bool) -> None:
    connection.execute(
        "insert into governance.logins (login, role, is_active) values (%s, %s, %s) on conflict (login) do update"
        " set role = excluded.role, is_active = excluded.is_active, changed_at = clock_timestamp()",
        [login, role, is_active],
    )
    _audit(connection, "login_opened" if is_active else "login_closed", {"login": login, "role": role})


def _audit(connection: psycopg.Connection, action: str, content: dict[str, Any]) -> None:
    connection.execute("select governance.append_audit(%s, %s)", [action, Jsonb(content)])


def list_logins(connection: psycopg.Connection) -> list[Login]:
    """Every login that was made, with a supervisor's units."""
    rows = connection.execute(
        """
        select
            logins.login, logins.role, logins.is_active,
            coalesce(array_agg(unit_id order by unit_id) filter (where unit_id is not null), '{}') as units
        from governance.logins
        left join governance.supervisor_units using (login)
        group by 1, 2, 3
        order by 1
        """
    ).fetchall()
    return [Login(*row) for row in rows]


def login_url(connection: psycopg.Connection, login: str, password: str, host: str, port: str) -> str:
    """The connection that a person puts in EIS_USER_URL."""
    return f"postgresql://{login}:{quote(password, safe='')}@{host}:{port}/{connection.info.dbname}"


def set_units(
    connection: psycopg.Connection, login: str, units: list[str], supervisor_id: str | None = None
) -> list[str]:
    """Give a supervisor these units and no other, or those that an officer supervises by core.assignments.

    Units that are typed have to be those of somebody who could be on a list; the roster's are taken as they are.

    Raises:
        EisError: the login is no supervisor's, a unit does not exist, or the officer supervises nobody.
    """
    found = connection.execute("select role, is_active from governance.logins where login = %s", [login]).fetchone()
    if found != ("eis_supervisor", True):
        raise EisError(f"{login} is no supervisor's login: eis access add {login} --role eis_supervisor")
    if supervisor_id is not None:
        units = find_supervised_units(connection, supervisor_id)
    else:
        known = {unit for (unit,) in connection.execute("select distinct unit_id from features.officer_cohort")}
        if unknown := sorted(set(units) - known):
            raise EisError(f"No officer was ever in unit {', '.join(unknown)} (features.officer_cohort.unit_id).")
    return _replace_units(connection, login, units, supervisor_id)


def _replace_units(
    connection: psycopg.Connection, login: str, units: list[str], supervisor_id: str | None
) -> list[str]:
    given = sorted(set(units))
    connection.execute("delete from governance.supervisor_units where login = %s", [login])
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into governance.supervisor_units (login, unit_id, supervisor_id) values (%s, %s, %s)",
            [(login, unit, supervisor_id) for unit in given],
        )
    _audit(connection, "units_given", {"login": login, "units": given, "supervisor_id": supervisor_id})
    return given


def find_supervised_units(connection: psycopg.Connection, supervisor_id: str) -> list[str]:
    """Units of the officers whom this one supervises at the last as-of date.

    Raises:
        EisError: nobody.
    """
    rows = connection.execute(
        """
        select distinct unit_id
        from core.assignments
        cross join (select max(as_of_date) as today from features.as_of_dates) as clock
        where supervisor_id = %s and unit_id is not null
            and valid_from <= today and (valid_to is null or valid_to > today) and known_on <= today
        order by 1
        """,
        [supervisor_id],
    ).fetchall()
    if not rows:
        raise EisError(
            f"core.assignments names officer {supervisor_id} as nobody's supervisor now, or the department does not "
            "supply supervisors. Name the units: eis access units LOGIN --unit ..."
        )
    return [unit for (unit,) in rows]


def refresh_units(connection: psycopg.Connection) -> None:
    """Follow the roster: a supervisor who supervises other units now, or none, sees those from now on."""
    rows = connection.execute(
        """
        select login, supervisor_id, array_agg(unit_id order by unit_id)
        from governance.supervisor_units
        join governance.logins using (login)
        where supervisor_id is not null and role = 'eis_supervisor' and is_active
        group by 1, 2
        """
    ).fetchall()
    for login, supervisor_id, units in rows:
        try:
            current = find_supervised_units(connection, supervisor_id)
        except EisError:
            current = []
        if current != units:
            _replace_units(connection, login, current, supervisor_id)


def load_names(connection: psycopg.Connection, file: Path) -> int:
    """Replace the names of officers by those of a CSV with the columns officer_id and full_name; how many.

    Raises:
        EisError: the file is not like that, not UTF-8, or names an officer whom core.officers does not know.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            if reader.fieldnames != ["officer_id", "full_name"]:
                raise EisError(f"{file}, line 1: the header has to be officer_id,full_name.")
            rows = [(row["officer_id"], row["full_name"]) for row in reader]
    except UnicodeDecodeError as error:
        raise EisError(f"{file}: not UTF-8 text. {IN_UTF_8}") from error
    known = {officer for (officer,) in connection.execute("select officer_id from core.officers")}
    for number, (officer, _) in enumerate(rows, start=2):
        if officer not in known:
            raise EisError(f"{file}, line {number}: there is no officer '{officer}' in core.officers.")
    connection.execute("truncate identity.officer_names")
    with connection.cursor() as cursor:
        cursor.executemany("insert into identity.officer_names (officer_id, full_name) values (%s, %s)", rows)
    _audit(connection, "names_loaded", {"n_officers": len(rows)})
    return len(rows)


def export_officer(connection: psycopg.Connection, officer: str, reason: str) -> dict[str, list[dict[str, Any]]]:
    """Table -> rows, of everything held about an officer; PostgreSQL refuses whom the policy does not name."""
    row = connection.execute("select governance.export_officer(%s, %s)", [officer, reason]).fetchone()
    everything: dict[str, list[dict[str, Any]]] = row[0] if row else {}
    return everything


def write_csv_files(everything: dict[str, list[dict[str, Any]]], folder: Path) -> None:
    """A file for each table, named after it; in a folder that only its owner can enter."""
    folder.mkdir(mode=0o700, parents=True)
    for table, rows in everything.items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
