"""What people read stays there while it is built anew: the same relation, its grants, and the views above it."""

from collections.abc import Iterator

import psycopg
import pytest
from place import Built
from time_travel import open_copy

pytestmark = pytest.mark.slow

DATABASE = "eis_replacing"
# A view that others stand on, a table below views, and two of other layers below those.
REPLACED = (
    "scores.officer_scores", "explanations.reason_evidence", "features.feature_catalog", "events.officer_events",
)  # fmt: skip
# What BI may not read: officers' files, on all of these.
HIDDEN_ABOVE = ("explanations.officer_files",)
ABOVE = ("scores.current_officer_scores", "scores.officer_score_evidence", "scores.officer_score_reasons")


@pytest.fixture(scope="module")
def copy(demo: Built) -> Iterator[psycopg.Connection]:
    with open_copy(demo.place, DATABASE) as connection:
        yield connection


def identify(copy: psycopg.Connection) -> list[tuple[object, ...]]:
    """Each relation by its number, and whether BI may read it, as it may before the build."""
    return copy.execute(
        "select name, cast(cast(name as regclass) as oid), has_table_privilege('eis_bi', name, 'select')"
        " from unnest(cast(%s as text[])) as relations (name) order by 1",
        [[*REPLACED, *ABOVE, *HIDDEN_ABOVE]],
    ).fetchall()


def test_building_again_takes_nothing_away(demo: Built, copy: psycopg.Connection) -> None:
    before, evidence = identify(copy), "select count(*) from scores.officer_score_evidence"
    assert {name for name, _, is_readable in before if is_readable} == set(ABOVE) | {REPLACED[0]}
    rows = copy.execute(evidence).fetchone()
    copy.execute("update explanations.reason_evidence set officer_id = 'not ' || officer_id")
    copy.execute("alter table monitoring.list_stability add column another integer")
    copy.execute("drop view scores.publication_checks")
    copy.execute("create view scores.publication_checks as select 1 as another")
    names = [name.partition(".")[2] for name in (*REPLACED, "monitoring.list_stability", "scores.publication_checks")]
    demo.place.build("--select", *names, database=DATABASE)
    assert identify(copy) == before
    assert copy.execute(evidence).fetchone() == rows
    assert not copy.execute(
        "select from information_schema.columns where column_name = 'another' and table_schema <> 'pg_catalog'"
    ).rowcount, "what has other columns than the code is made anew"
