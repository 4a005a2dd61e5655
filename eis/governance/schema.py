"""Schemas `governance` and `identity`: made, and brought up to date, before anything uses them.

Belongs here: executing the files of `sql/` in their order, once. Does not: any statement of its own about governance.
"""

import hashlib
from pathlib import Path

import psycopg

from eis.errors import EisError

SQL = Path(__file__).with_name("sql")

LEDGER = """
create schema if not exists governance;
create table if not exists governance.migrations (
    name text primary key,
    sha256 text not null,
    applied_at timestamptz not null default now()
);
comment on table governance.migrations is 'Files of eis/governance/sql that were executed. One row per file.';
"""


def ensure_governance(url: str) -> None:
    """Execute numbered files that this warehouse has not seen, and `functions.sql` when it changed; all or nothing.

    Raises:
        EisError: a numbered file was changed after it was executed, or the owner may not create roles.
    """
    files = [*sorted(SQL.glob("[0-9]*.sql")), SQL / "functions.sql"]
    digests = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    with psycopg.connect(url) as connection:
        if read_ledger(connection) == digests:
            return
        try:
            apply_files(connection, files, digests)
        except psycopg.errors.InsufficientPrivilege as error:
            raise EisError(
                f"Schema governance cannot be made: {error.diag.message_primary}. The login of EIS_DATABASE_URL needs "
                "CREATEROLE and CREATE on the database; or let the administrator execute the files of "
                f"{SQL} as its owner."
            ) from error


def read_ledger(connection: psycopg.Connection) -> dict[str, str]:
    """File -> hash with which it was executed."""
    if connection.execute("select to_regclass('governance.migrations')").fetchone() == (None,):
        return {}
    return dict(connection.execute("select name, sha256 from governance.migrations").fetchall())


def apply_files(connection: psycopg.Connection, files: list[Path], digests: dict[str, str]) -> None:
    """Execute what is missing, as one transaction of which there is never more than one at a time."""
    # Roles belong to the server: two departments could make them at the same moment, each in its own database.
    connection.execute("select pg_advisory_xact_lock(hashtext('eis governance'))")
    connection.execute(LEDGER)
    done = read_ledger(connection)
    for file in files:
        digest = digests[file.name]
        if file.name != "functions.sql" and done.get(file.name, digest) != digest:
            raise EisError(
                f"{file} was changed after this warehouse had executed it. Put it back as it was; a change is a new "
                "file with the next number."
            )
        if done.get(file.name) != digest:
            connection.execute(file.read_bytes())
            connection.execute(
                "insert into governance.migrations (name, sha256) values (%s, %s)"
                " on conflict (name) do update set sha256 = excluded.sha256, applied_at = now()",
                [file.name, digest],
            )
    if connection.execute("select exists (select from governance.policy)").fetchone() == (True,):
        connection.execute("select governance.apply_access()")  # functions that were replaced are closed to everybody
