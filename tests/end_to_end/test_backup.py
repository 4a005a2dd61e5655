"""A backup of the finished line, restored on another server, is the same warehouse."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from place import Built, Place

from eis.turn import Turn

pytestmark = pytest.mark.slow

OURS = "!~ '^(pg_|information)'"

# Everything that a person or a program finds in a warehouse beside the rows. Default rights may be spelt out or not.
CATALOGUES = {
    "roles": "select rolname, rolcanlogin, rolinherit from pg_roles where rolname like 'eis%' order by 1",
    "memberships": "select roleid::regrole::text, member::regrole::text from pg_auth_members order by 1, 2",
    "who may connect": """
        select cast(acl as text) from pg_database cross join unnest(datacl) as acl
        where datname = current_database() order by 1
        """,
    "grants on tables": f"""
        select oid::regclass::text, cast(acl as text)
        from pg_class cross join unnest(coalesce(relacl, acldefault('r', relowner))) as acl
        where relkind in ('r', 'v') and relnamespace::regnamespace::text {OURS} order by 1, 2
        """,
    "grants on schemas": f"""
        select nspname, cast(acl as text)
        from pg_namespace cross join unnest(coalesce(nspacl, acldefault('n', nspowner))) as acl
        where nspname {OURS} order by 1, 2
        """,
    "functions": f"""
        select oid::regprocedure::text, prosecdef, cast(coalesce(proacl, acldefault('f', proowner)) as text)
        from pg_proc where pronamespace::regnamespace::text {OURS} order by 1
        """,
    "policies": "select schemaname, tablename, policyname, qual from pg_policies order by 1, 2, 3",
    "triggers": "select tgrelid::regclass::text, tgname from pg_trigger where not tgisinternal order by 1, 2",
    "comments": """
        select classoid::regclass::text, count(*), md5(string_agg(description, '' order by description))
        from pg_description where objoid >= 16384 group by 1 order by 1
        """,
}


def list_tables(place: Place) -> list[str]:
    return [
        table
        for (table,) in place.query(
            "select relnamespace::regnamespace::text || '.' || quote_ident(relname) from pg_class where relkind = 'r'"
            " and relnamespace::regnamespace::text !~ '^(pg_|information)' order by 1"
        )
    ]


def digest(place: Place, table: str) -> object:
    rows = f"select md5(cast(one as text)) as row_hash from {table} as one"
    return place.query(f"select count(*), md5(string_agg(row_hash, '' order by row_hash)) from ({rows}) as rows")


@pytest.fixture(scope="module")
def backup(demo: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backup") / "demo"
    done = demo.place.run("warehouse", "backup", str(folder))
    assert done.returncode == 0, done.stdout
    return folder


@pytest.fixture(scope="module")
def restored(demo: Built, backup: Path, make_home: Callable[[], Path]) -> Place:
    place = replace(demo.place, home=make_home())
    done = place.run("warehouse", "restore", str(backup))
    assert done.returncode == 0, done.stdout
    return place


def test_every_table_has_the_same_rows(demo: Built, restored: Place) -> None:
    tables = list_tables(demo.place)
    assert {"ml.artefacts", "governance.audit_log", "dagster.event_logs", "features.feat_force"} <= set(tables)
    assert list_tables(restored) == tables
    assert [table for table in tables if digest(restored, table) != digest(demo.place, table)] == []


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_what_stands_around_the_rows_is_the_same(demo: Built, restored: Place, catalogue: str) -> None:
    there = demo.place.query(CATALOGUES[catalogue])
    assert there or catalogue in ("policies", "memberships")
    assert restored.query(CATALOGUES[catalogue]) == there


def test_the_restored_audit_log_is_whole_and_its_scores_are_published(demo: Built, restored: Place) -> None:
    assert restored.run("audit", "verify").returncode == 0
    scores = "select * from scores.current_officer_scores order by outcome, officer_id"
    assert restored.query(scores) == demo.place.query(scores) != []


def test_the_restored_line_finds_everything_up_to_date(restored: Place) -> None:
    models = restored.number("select count(*) from ml.models")
    done = restored.run("run")
    assert done.returncode == 0, done.stdout
    assert restored.number("select count(*) from ml.models") == models


def test_nothing_is_written_over(demo: Built, backup: Path) -> None:
    again = demo.place.run("warehouse", "backup", str(backup))
    assert (again.returncode, "exists already" in again.stdout) == (1, True)
    onto = demo.place.run("warehouse", "restore", str(backup))
    assert (onto.returncode, "is not empty" in onto.stdout) == (1, True)


def test_a_damaged_or_foreign_backup_is_refused(
    demo: Built, backup: Path, tmp_path: Path, make_home: Callable[[], Path]
) -> None:
    damaged, foreign = tmp_path / "damaged", tmp_path / "foreign"
    for folder in (damaged, foreign):
        shutil.copytree(backup, folder)
    with (damaged / "database.dump").open("r+b") as file:
        file.seek(1000)
        file.write(b"x")
    manifest = json.loads((foreign / "manifest.json").read_text())
    (foreign / "manifest.json").write_text(json.dumps(manifest | {"department": "elsewhere"}))
    empty = replace(demo.place, home=make_home())
    for folder, words in ((damaged, "is damaged"), (foreign, "is a backup of department 'elsewhere'")):
        refused = empty.run("warehouse", "restore", str(folder))
        assert (refused.returncode, words in refused.stdout) == (1, True), refused.stdout
    assert list_tables(empty) == []


def test_a_backup_holds_no_password_and_is_the_owners_alone(demo: Built, backup: Path) -> None:
    [password] = demo.place.home.glob("postgres/*.password")
    assert b"SCRAM-SHA" not in (backup / "manifest.json").read_bytes()
    assert password.read_bytes() not in (backup / "database.dump").read_bytes()
    assert backup.stat().st_mode & 0o077 == 0


def test_a_backup_waits_for_no_run(demo: Built, tmp_path: Path) -> None:
    with Turn(demo.place.url()).held():
        refused = demo.place.run("warehouse", "backup", str(tmp_path / "now"))
    assert (refused.returncode, "Another run" in refused.stdout) == (1, True)
    assert not (tmp_path / "now").exists()
