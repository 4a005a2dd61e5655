"""Features built in increments are those of a full refresh: new months, late corrections, lost rows, a run that died.

Each step rebuilds from the as-of date on that the test names, and no earlier one.
"""

from collections.abc import Iterator

import psycopg
import pytest
from place import Built, Place
from time_travel import Comparison, compare, open_copy, remember

pytestmark = pytest.mark.slow

DATABASE = "eis_increments"
FEATURES = ("--select", "fqn:eis.events", "fqn:eis.features")
LAST = "2026-01-01"

# What becomes of the facts, and the first as-of date that may know of it.
CORRECTIONS = {
    "a complaint's category, place and officer": (
        "update core.complaints set category = case category when 'force' then 'search' else 'force' end,"
        " beat = (select min(beat) from core.uses_of_force), officer_id = (select max(officer_id) from core.officers)"
        " where allegation_id = (select min(allegation_id) from core.complaints where known_on = '{day}')",
        "select max(known_on) from core.complaints where known_on < '2024-06-01'",
    ),
    "a finding that comes late": (
        "update core.complaints set finding = 'sustained', closed_on = '{day}'"
        " where allegation_id = (select min(allegation_id) from core.complaints where closed_on is null)",
        "select date '2025-03-14'",
    ),
    "a force report withdrawn": (
        "delete from core.uses_of_force where known_on = '{day}'",
        "select max(known_on) from core.uses_of_force where known_on < '2023-09-01'",
    ),
    "a day of leave that was worked": (
        "update core.shifts set leave_type = null where known_on = '{day}'",
        "select max(known_on) from core.shifts where leave_type = 'vacation' and known_on < '2025-02-01'",
    ),
    "a kind of call that was entered wrongly": (
        "update core.dispatches set stress_category = case when stress_category is null then 'suicide' end"
        " where known_on = '{day}'",
        "select max(known_on) from core.dispatches where known_on < '2024-12-01'",
    ),
    # Which features do not count themselves, but what models/events makes of them.
    "arrests made together, and shifts worked a day earlier": (
        "with moved as (update core.shifts set starts_at = starts_at - interval '1 day' where known_on = '{day}'"
        " returning 1)"
        " update core.arrests set arrest_id = (select max(arrest_id) from core.arrests)"
        " where known_on = '{day}' and exists (select from moved)",
        "select max(known_on) from core.shifts where known_on < '2024-11-01'"
        " and known_on in (select known_on from core.arrests)",
    ),
    "an officer's last day": (
        "update core.officers set separated_on = date '{day}' + 1"
        " where officer_id = (select min(officer_id) from features.officer_cohort where as_of_date = '2026-01-01')",
        "select date '2025-10-14'",
    ),
}


@pytest.fixture(scope="module")
def copy(demo: Built) -> Iterator[psycopg.Connection]:
    with open_copy(demo.place, DATABASE) as connection:
        yield connection


def build(place: Place, *options: str, **changes: list[str]) -> None:
    place.build(*options, *FEATURES, database=DATABASE, **changes)


def first_built(copy: psycopg.Connection) -> str:
    return str((copy.execute("select build_from from features.features_to_build").fetchone() or ())[0])


def compare_with_full_refresh(place: Place, copy: psycopg.Connection) -> Comparison:
    """What increments gave against what a full refresh gives on the same facts."""
    copy.execute("drop table if exists public.by_increments")
    remember(copy, "by_increments", LAST)
    build(place, "--full-refresh")
    return compare(copy, "by_increments", LAST)


def test_months_one_by_one_give_what_all_at_once_give(demo: Built, copy: psycopg.Connection) -> None:
    dates = [str(date) for date in demo.place.configuration.calendar.as_of_dates]
    remember(copy, "as_published", LAST)
    build(demo.place, "--full-refresh", as_of_dates=dates[:-2])
    for months in (dates[:-1], dates):
        build(demo.place, as_of_dates=months)
        assert first_built(copy) == months[-1]
    comparison = compare(copy, "as_published", LAST)
    assert comparison.rows > 1_000
    assert (comparison.lost_or_added, comparison.changed) == (0, {})


def test_corrections_rebuild_from_the_day_they_touch(demo: Built, copy: psycopg.Connection) -> None:
    for correction, day_of in CORRECTIONS.values():
        (day,) = copy.execute(day_of.encode()).fetchone() or ()
        assert copy.execute(correction.format(day=day).encode()).rowcount >= 1
        build(demo.place)
        following = "select cast(date_trunc('month', cast(%s as date)) + interval '1 month' as date)"
        assert first_built(copy) == str((copy.execute(following, [day]).fetchone() or ())[0])
    comparison = compare_with_full_refresh(demo.place, copy)
    assert (comparison.lost_or_added, comparison.changed) == (0, {})


def test_a_chosen_month_is_built_again_and_no_other(demo: Built, copy: psycopg.Connection) -> None:
    """What a backfill does: nothing is new, and yet damaged rows come right in the month that was chosen."""
    copy.execute("update features.feat_force set force_reports_12m = -1 where as_of_date in ('2024-05-01', %s)", [LAST])
    for _ in range(2):
        build(demo.place, chosen_months=["2024-05-01"])
        assert first_built(copy) == "9999-01-01"
        damaged = copy.execute("select distinct as_of_date from features.officer_features where force_reports_12m < 0")
        assert [str(date) for (date,) in damaged] == [LAST]
    build(demo.place, chosen_months=[LAST])
    comparison = compare_with_full_refresh(demo.place, copy)
    assert (comparison.lost_or_added, comparison.changed) == (0, {})


def test_the_last_table_alone_is_not_taken_for_the_whole(demo: Built, copy: psycopg.Connection) -> None:
    copy.execute("create table public.force as table core.uses_of_force")
    copy.execute("delete from core.uses_of_force where known_on >= '2025-09-01'")
    demo.place.build("--select", "fact_fingerprints", "officer_features", database=DATABASE)
    build(demo.place)
    assert first_built(copy) <= "2025-10-01", "the families had not been built"
    comparison = compare_with_full_refresh(demo.place, copy)
    assert (comparison.lost_or_added, comparison.changed) == (0, {})
    copy.execute("truncate core.uses_of_force")
    copy.execute("insert into core.uses_of_force table public.force")
    build(demo.place)


def test_nothing_new_rebuilds_nothing(demo: Built, copy: psycopg.Connection) -> None:
    build(demo.place)
    assert first_built(copy) == "9999-01-01"


def test_a_table_with_a_column_too_many_is_refused_in_words(demo: Built, copy: psycopg.Connection) -> None:
    """An increment would leave the column null, and nobody would see it."""
    copy.execute("alter table features.feat_force add column force_forgotten integer")
    with pytest.raises(AssertionError, match=r"feat_force.* has other columns than its SQL gives.*--full-refresh"):
        build(demo.place)
    copy.execute("alter table features.feat_force drop column force_forgotten")
    build(demo.place)
    assert first_built(copy) == "9999-01-01"


def test_what_a_run_left_half_built_is_built_again(demo: Built, copy: psycopg.Connection) -> None:
    """The correction is taken back before the next run: what the dead run made of it must not stay."""
    copy.execute("create table public.complaints as table core.complaints")
    copy.execute("delete from core.complaints where known_on >= '2025-06-01'")
    demo.place.build("--select", "fqn:eis.features", "--exclude", "officer_features", database=DATABASE)
    copy.execute("truncate core.complaints")
    copy.execute("insert into core.complaints table public.complaints")
    build(demo.place)
    comparison = compare_with_full_refresh(demo.place, copy)
    assert (comparison.lost_or_added, comparison.changed) == (0, {})


def test_what_retention_does_not_keep_is_deleted_and_nothing_is_built(demo: Built, copy: psycopg.Connection) -> None:
    dates = [str(date) for date in demo.place.configuration.calendar.as_of_dates]
    copy.execute("drop table if exists public.before_retention")
    remember(copy, "before_retention", LAST)
    build(demo.place, as_of_dates=dates[12:])
    assert first_built(copy) == "9999-01-01"
    for table in ("officer_cohort", "officer_features", "feat_force", "threshold_flags"):
        assert copy.execute(f"select min(as_of_date)::text from features.{table}".encode()).fetchone() == (dates[12],)
    copy.execute("delete from public.before_retention where as_of_date < %s", [dates[12]])
    comparison = compare(copy, "before_retention", LAST)
    assert (comparison.lost_or_added, comparison.changed) == (0, {})
