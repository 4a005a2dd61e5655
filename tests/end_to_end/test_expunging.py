"""A record behind a listed officer's score is disputed, then expunged: what is shown, what differs, what does not."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import psycopg
import pytest
from place import Built, Place

from eis.consequences import Consequences, find_consequences
from eis.errors import EisError

pytestmark = pytest.mark.slow

WHY = ("--authority", "Court order 26-113", "--reason", "Sealed by the court")

# The complaint that became known last, of those behind the reasons of current scores.
RECORD = """
select event_id, officer_id, known_on
from scores.officer_score_evidence
where event_table = 'complaints' and event_id in (select allegation_id from core.complaints)
order by known_on desc, event_id
limit 1
"""


@dataclass(frozen=True)
class Contested:
    """A record, whose it is, and a login that may mark it."""

    place: Place
    key: str
    officer: str
    url: str

    def mark(self, what: str) -> None:
        with patch.object(Place, "environment", self.place.environment | {"EIS_USER_URL": self.url}):
            done = self.place.run("records", what, "complaints", self.key, *WHY)
        assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def contested(demo: Built) -> Iterator[Contested]:
    """Afterwards the record stands again: others use the line too."""
    [(key, officer, _)] = demo.place.query(RECORD)
    made = demo.place.run("access", "add", "eis_records", "--role", "eis_command")
    found = Contested(demo.place, key, officer, made.stdout.strip().removeprefix("EIS_USER_URL="))
    yield found
    if demo.place.query("select from governance.current_marks where mark <> 'stands'"):
        found.mark("restore")


@pytest.fixture(scope="module")
def consequences(contested: Contested) -> Consequences:
    contested.mark("expunge")
    found = find_consequences(contested.place.settings)
    assert found is not None
    return found


def test_a_disputed_record_counts_and_is_shown_as_disputed(contested: Contested) -> None:
    contested.mark("dispute")
    contested.place.build("--select", "disputed_records+")  # and the views that rest on it
    shown = "select distinct event_table, event_id from scores.officer_score_evidence where is_disputed"
    assert contested.place.query(shown) == [("complaints", contested.key)]
    in_files = "select count(*) from explanations.officer_files where part = 'event' and words like '%(disputed, %'"
    assert contested.place.number(in_files) == 1
    assert find_consequences(contested.place.settings) is None


def test_every_later_row_of_the_officer_differs_and_no_earlier_one_of_anybody(
    contested: Contested, consequences: Consequences
) -> None:
    first = contested.place.number(
        "select min(as_of_date) from features.as_of_dates where as_of_date > ("
        " select known_on from core.complaints where allegation_id = %s)",
        [contested.key],
    )
    assert consequences.build_from == first
    changed = set(consequences.feature_rows)
    assert min(date for _, date in changed) >= first
    own = contested.place.query(
        "select officer_id, as_of_date from features.officer_cohort where officer_id = %s and as_of_date >= %s",
        [contested.officer, first],
    )
    assert own
    assert set(own) <= changed


def test_the_models_in_force_say_something_else_of_past_lists(consequences: Consequences) -> None:
    assert consequences.lists
    for change in consequences.lists:
        assert change.published.as_of_date >= consequences.build_from
        assert 0 < change.n_changed <= change.n_scores
        assert change.largest > 0
        assert len(change.leaving) == len(change.joining)


def test_nothing_of_the_line_was_touched_and_no_copy_is_left(contested: Contested, consequences: Consequences) -> None:
    place = contested.place
    assert place.number("select count(*) from core.complaints where allegation_id = %s", [contested.key]) == 1
    assert place.number("select count(*) from pg_database where datname like '%%without'") == 0
    [(content,)] = place.query("select content from governance.audit_log where action = 'effect_of_marks'")
    assert content["n_feature_rows"] == len(consequences.feature_rows)
    assert contested.key not in content.values()


def test_what_changed_beside_is_not_mixed_with_it(contested: Contested, consequences: Consequences) -> None:
    with psycopg.connect(contested.place.url()) as connection:
        connection.execute("create table public.loads as table raw._loads; update raw._loads set loaded_at = now()")
    try:
        with pytest.raises(EisError, match="was loaded anew"):
            find_consequences(contested.place.settings)
    finally:
        with psycopg.connect(contested.place.url()) as connection:
            connection.execute(
                "update raw._loads set loaded_at = loads.loaded_at from public.loads"
                " where _loads.table_name = loads.table_name; drop table public.loads"
            )


def test_a_record_that_stands_again_changes_nothing(contested: Contested, tmp_path: Path) -> None:
    contested.mark("restore")
    done = contested.place.run("records", "effect", "--csv", str(tmp_path / "effect"))
    assert (done.returncode, "nothing would differ" in done.stdout) == (0, True)
    assert not (tmp_path / "effect").exists()
