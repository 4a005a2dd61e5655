"""Backups of the warehouse: the whole database, and the roles that may do something in it, in a folder of their own.

Belongs here: writing a backup and restoring it into an empty warehouse. Does not: the schedule of backups, or copying
them away from the machine, which are the operator's (docs/runbooks/restore.md).

A folder holds what `pg_dump` wrote and a manifest: which department, when, every table with its number of rows as the
same snapshot had them, every role with its memberships. No password is in it: logins get new ones after a restore.
"""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from eis.errors import EisError
from eis.ingest import hash_file
from eis.postgres import Warehouse
from eis.turn import Turn

DUMP, MANIFEST = "database.dump", "manifest.json"

# Who owns or may read something here, may connect, and whoever acts through one of those. What hangs on the server
# itself, such as the right to connect to another department's database, has no `dbid`.
ROLES = """
with recursive concerned as (
    select distinct roles.oid
    from pg_shdepend
    inner join pg_database as here on here.datname = current_database()
    inner join pg_roles as roles on pg_shdepend.refobjid = roles.oid
    where pg_shdepend.refclassid = 'pg_authid'::regclass
        and (
            pg_shdepend.dbid = here.oid
            or (pg_shdepend.classid = 'pg_database'::regclass and pg_shdepend.objid = here.oid)
        )
    union
    select member from pg_auth_members inner join concerned on pg_auth_members.roleid = concerned.oid
)
select rolname, rolcanlogin, rolinherit, rolvaliduntil::text
from pg_roles inner join concerned using (oid)
where rolname <> current_user and rolname !~ '^pg_'
order by rolname
"""
MEMBERSHIPS = """
select granted.rolname, member.rolname
from pg_auth_members
inner join pg_roles as granted on pg_auth_members.roleid = granted.oid
inner join pg_roles as member on pg_auth_members.member = member.oid
where granted.rolname = any(%(names)s) and member.rolname = any(%(names)s)
order by 1, 2
"""
CONNECTING = """
select distinct roles.rolname
from pg_database
cross join aclexplode(datacl) as granted
inner join pg_roles as roles on granted.grantee = roles.oid
where datname = current_database() and privilege_type = 'CONNECT' and roles.rolname <> current_user
order by 1
"""
TABLES = """
select nspname, relname
from pg_class inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
where relkind = 'r' and nspname !~ '^(pg_|information_schema$)'
order by 1, 2
"""


@dataclass(frozen=True)
class Role:
    """A role without its password."""

    name: str
    can_login: bool
    inherits: bool
    valid_until: str | None


@dataclass(frozen=True)
class Manifest:
    """What a backup holds, to be compared with what a restore gives."""

    department: str
    taken_at: str
    sha256: str
    roles: list[Role]
    memberships: list[tuple[str, str]]
    may_connect: list[str]
    rows: dict[str, int]

    def describe(self) -> str:
        """For a person."""
        rows = sum(self.rows.values())
        return f"{len(self.rows)} tables with {rows:,} rows and {len(self.roles)} roles, as of {self.taken_at}"


def back_up(warehouse: Warehouse, folder: Path) -> Manifest:
    """Write the department's database and its roles to a new folder, which is there whole or not at all.

    Raises:
        EisError: the folder exists, a run is under way, or pg_dump failed.
    """
    if folder.exists():
        raise EisError(f"{folder} exists already. Name a new folder: a backup is never written over another.")
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    try:
        unfinished.mkdir(mode=0o700, parents=True, exist_ok=True)
        with Turn(warehouse.url()).held():
            manifest = _dump(warehouse, unfinished / DUMP)
        (unfinished / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
        unfinished.rename(folder)
    except OSError as error:
        raise EisError(f"Cannot write the backup to {folder}: {error}") from error
    return manifest


def restore(warehouse: Warehouse, folder: Path) -> tuple[Manifest, list[str]]:
    """Bring a backup into an empty warehouse, and count its rows.

    Roles are made first, and stay if pg_restore fails, whose own work is one transaction: it can be tried again.

    Returns:
        What the backup holds, and its logins that are not known to have a password.

    Raises:
        EisError: the backup is damaged or another department's, the warehouse is not empty, or pg_restore failed.
    """
    manifest = read_manifest(folder)
    if manifest.department != warehouse.settings.department:
        raise EisError(
            f"{folder} is a backup of department '{manifest.department}', and the chosen one is "
            f"'{warehouse.settings.department}'. Set EIS_DEPARTMENT."
        )
    with Turn(warehouse.url()).held(), psycopg.connect(warehouse.url(), autocommit=True) as connection:
        if found := connection.execute(TABLES).fetchall():
            raise EisError(
                f"The warehouse is not empty: it has {len(found)} tables. Restore into a new EIS_HOME, or set the "
                "database aside first (docs/runbooks/restore.md)."
            )
        create_roles(connection, manifest)
        warehouse.run("pg_restore", "--single-transaction", "--exit-on-error", str(folder / DUMP))
        connection.execute("analyze")
        if wrong := {t: n for t, n in _count_rows(connection).items() if n != manifest.rows.get(t)}:
            raise EisError(f"The restored tables have other numbers of rows than the backup says: {wrong}")
        return manifest, list_without_password(connection, manifest)


def read_manifest(folder: Path) -> Manifest:
    """What a backup says of itself, once its dump is found to be the one that was written.

    Raises:
        EisError: a file is missing or damaged.
    """
    try:
        said: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        digest = hash_file(folder / DUMP)
    except (OSError, ValueError) as error:
        raise EisError(f"{folder} is no complete backup: {error}") from error
    said["roles"] = [Role(**role) for role in said["roles"]]
    said["memberships"] = [(granted, member) for granted, member in said["memberships"]]
    manifest = Manifest(**said)
    if digest != manifest.sha256:
        raise EisError(f"{folder / DUMP} is damaged: its hash is not the one in {MANIFEST}. Take another backup's.")
    return manifest


def create_roles(connection: psycopg.Connection, manifest: Manifest) -> None:
    """Make the roles that are missing, without passwords, and grant them as they were."""
    known = {name for (name,) in connection.execute("select rolname from pg_roles")}
    missing = [role for role in manifest.roles if role.name not in known]
    for role in missing:
        login = SQL("login" if role.can_login else "nologin")
        inherit = SQL("inherit" if role.inherits else "noinherit")
        until = SQL("valid until {}").format(Literal(role.valid_until)) if role.valid_until else SQL("")
        connection.execute(SQL("create role {} {} {} {}").format(Identifier(role.name), login, inherit, until))
    for name in manifest.may_connect:
        database = Identifier(connection.info.dbname)
        connection.execute(SQL("grant connect on database {} to {}").format(database, Identifier(name)))
    for granted, member in manifest.memberships:
        connection.execute(SQL("grant {} to {}").format(Identifier(granted), Identifier(member)))


def list_without_password(connection: psycopg.Connection, manifest: Manifest) -> list[str]:
    """Logins of the backup without a password; all of them where the server does not let its operator see that."""
    logins = [role.name for role in manifest.roles if role.can_login]
    if connection.execute("select has_table_privilege('pg_authid', 'select')").fetchone() == (False,):
        return logins
    query = "select rolname from pg_authid where rolpassword is null and rolname = any(%s) order by 1"
    return [name for (name,) in connection.execute(query, [logins])]


def _dump(warehouse: Warehouse, path: Path) -> Manifest:
    with psycopg.connect(warehouse.url()) as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        [snapshot] = connection.execute("select pg_export_snapshot()").fetchone() or ("",)
        warehouse.run("pg_dump", "--format", "custom", "--snapshot", snapshot, "--file", str(path))
        roles = [Role(*row) for row in connection.execute(ROLES)]
        names = [role.name for role in roles]
        return Manifest(
            department=warehouse.settings.department,
            taken_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            sha256=hash_file(path),
            roles=roles,
            memberships=[(str(g), str(m)) for g, m in connection.execute(MEMBERSHIPS, {"names": names})],
            may_connect=[str(name) for (name,) in connection.execute(CONNECTING)],
            rows=_count_rows(connection),
        )


def _count_rows(connection: psycopg.Connection) -> dict[str, int]:
    return dict(_count_each(connection))


def _count_each(connection: psycopg.Connection) -> Iterator[tuple[str, int]]:
    for schema, table in connection.execute(TABLES).fetchall():
        counted = connection.execute(SQL("select count(*) from {}").format(Identifier(schema, table))).fetchone()
        yield f"{schema}.{table}", counted[0] if counted else 0
