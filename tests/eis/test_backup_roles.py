"""Which roles a backup holds, and what a restore says of their passwords; the rest is in end_to_end/test_backup.py."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from eis.backup import back_up, restore
from eis.postgres import Warehouse
from eis.settings import Settings

ROLES = """
create database eis_elsewhere;
create role eis_from_elsewhere login;
revoke connect on database eis_elsewhere from public;
grant connect on database eis_elsewhere to eis_from_elsewhere;
create role eis_reader;
create role eis_with_password login in role eis_reader password 'known';
create role eis_without_password login;
grant connect on database eis_demo to eis_without_password;
create table public.records as select 1 as record_id;
grant select on public.records to eis_reader
"""


@pytest.fixture(scope="module")
def warehouse(make_home: Callable[[], Path]) -> Warehouse:
    """A table, who may read it, and another department's login on the same server."""
    warehouse = Warehouse(Settings(home=make_home(), department="demo", database_url=None))
    warehouse.start()
    with psycopg.connect(warehouse.url(), autocommit=True) as connection:
        for statement in ROLES.split(";"):
            connection.execute(statement.encode())
    return warehouse


def test_another_departments_roles_stay_out_and_logins_without_password_are_named(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    manifest = back_up(warehouse, tmp_path / "backup")
    ours = ["eis_reader", "eis_with_password", "eis_without_password"]
    assert [role.name for role in manifest.roles if role.name != "eis_bi"] == ours
    with psycopg.connect(warehouse.url()) as connection:
        connection.execute("drop table public.records")
    # The roles are there, as after a restore that failed in the middle.
    assert restore(warehouse, tmp_path / "backup") == (manifest, ["eis_without_password"])
