"""Logging in with one's PostgreSQL login, and querying as it: PostgreSQL decides what is seen, and records it.

Belongs here: asking PostgreSQL whether a password is right, what its role sees of Superset, and the connection of each
query. Does not: any rule about officers or units, which are PostgreSQL's (docs/methodology/governance.md).

A password is kept in this process's memory for as long as its session lasts, because a query of an hour later needs it;
it is written nowhere. So there is one process, with threads, and after a restart people log in again.
"""

import os
from typing import Any

import psycopg2
from flask import Flask
from flask_appbuilder.security.sqla.models import User
from flask_login import current_user, logout_user, user_logged_out
from sqlalchemy.engine import URL, make_url
from superset.security import SupersetSecurityManager

# The two databases of the dashboards, told apart by the host in their address; what is connected to is EIS_BI_URL.
SHARED, OWN = "shared", "own-login"

# What each role of PostgreSQL finds in Superset; what it then reads is PostgreSQL's to say.
SEES = {
    "eis_command": (SHARED, OWN),
    "eis_supervisor": (OWN,),
    "eis_auditor": (SHARED,),
    "eis_scientist": (SHARED,),
    "eis_engineer": (SHARED,),
}

ROLE_OF_LOGIN = """
select granted.rolname
from pg_catalog.pg_auth_members as membership
inner join pg_catalog.pg_roles as granted on membership.roleid = granted.oid
inner join pg_catalog.pg_roles as person on membership.member = person.oid
where person.rolname = session_user and granted.rolname = any(%s)
"""

_passwords: dict[str, str] = {}


def warehouse_url() -> URL:
    """The login that a tool shares, and where it connects."""
    return make_url(os.environ["EIS_BI_URL"])


def find_role(login: str, password: str) -> str | None:
    """The role of a login whose password PostgreSQL accepts; none where it does not, or the role sees nothing."""
    address = warehouse_url()
    try:
        connection = psycopg2.connect(
            host=address.host, port=address.port, dbname=address.database, user=login, password=password,
            connect_timeout=10, application_name="superset login",
        )  # fmt: skip
    except psycopg2.OperationalError:
        return None
    try:
        with connection.cursor() as cursor:
            cursor.execute(ROLE_OF_LOGIN, [list(SEES)])
            found = cursor.fetchone()
    finally:
        connection.close()
    return found[0] if found else None


class PostgresLogins(SupersetSecurityManager):
    """Superset's users are PostgreSQL's; only the administrator, who sees no officer, is Superset's own."""

    def auth_user_db(self, username: str, password: str) -> User | None:
        """The user of a login that PostgreSQL accepts, with the role that it has there now."""
        if not (username or "").startswith("eis_"):
            return super().auth_user_db(username, password)
        role_name = find_role(username, password)
        if role_name is None:
            return None
        role = self.find_role(role_name)
        user = self.find_user(username)
        if user is None:
            user = self.add_user(username, username, role_name, f"{username}@postgresql.invalid", role)
        elif user.roles != [role]:
            user.roles = [role]
            self.update_user(user)
        _passwords[username] = password
        self.update_user_auth_stat(user, True)
        return user


def connect_as_reader(
    url: URL, options: dict[str, Any], username: str | None, security_manager: Any, source: Any
) -> tuple[URL, dict[str, Any]]:
    """The connection of a query: as the person who asks, or for figures without officers as the login that is shared.

    Raises:
        PermissionError: whoever asks has not logged in with a login of PostgreSQL.
    """
    # What a reading leaves on record is committed with it.
    options["isolation_level"] = "AUTOCOMMIT"
    options.setdefault("connect_args", {})["application_name"] = "superset"
    shared = warehouse_url()
    if url.host == SHARED:
        return shared, options
    if username not in _passwords:
        raise PermissionError("This page shows officers: log in with the login that `eis access add` gave you.")
    return shared.set(username=username, password=_passwords[username]), options


def forget_who_cannot_connect(app: Flask) -> None:
    """After a restart a browser may still be logged in while its password is gone: such a session ends."""

    @app.before_request
    def end_session_without_password() -> None:
        is_person = current_user.is_authenticated and current_user.username.startswith("eis_")
        if is_person and current_user.username not in _passwords:
            logout_user()

    @user_logged_out.connect_via(app)
    def forget(_: Flask, user: User, **__: Any) -> None:
        _passwords.pop(user.username, None)
