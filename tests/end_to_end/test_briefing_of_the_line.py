"""The briefing of the finished demo line: what the tables say, to those who may read it, on record."""

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import html_pages
import psycopg
import pytest
from place import Built, Place
from test_governed_line import enrol

from eis.briefing.files import folder_of
from eis.briefing.page import RECORDS

pytestmark = pytest.mark.slow

LOGIN = "eis_brief"
LISTED = (
    "select officer_id from scores.current_officer_scores where outcome = 'adverse' and is_on_list and unit_id = %s"
)
# Whoever supervises the fewest officers of a unit in which somebody is listed.
SUPERVISOR = """
select supervisor_id
from core.assignments
inner join scores.current_officer_scores as listed using (unit_id)
where outcome = 'adverse' and is_on_list and supervisor_id is not null
    and valid_from <= as_of_date and (valid_to is null or valid_to > as_of_date) and known_on <= as_of_date
group by 1
order by count(*), 1
limit 1
"""
# A list of the month before, on which the order was the other way round, and an officer in five was not scored.
EARLIER = """
with current_list as (select * from governance.lists where outcome = 'adverse' and status = 'current'),
decision as (
    insert into governance.publication_decisions
        (decision_no, outcome, as_of_date, scored_at, drawn_up_at, model_id, is_published, checks, policy_version)
    overriding system value
    select -1, outcome, '2025-12-01', scored_at, drawn_up_at, model_id, true, '[]', 1 from current_list
),
list as (
    insert into governance.published_lists
    select -1, outcome, '2025-12-01', scored_at, drawn_up_at, list_rule, model_id, approval, approved_by, clock,
        valid_until, review_due_on, n_officers, n_on_list
    from current_list
)
insert into governance.published_scores
select -1, officer_id, unit_id, 1 - score, percentile, n_officers + 1 - rank, n_officers + 1 - rank <= n_on_list
from governance.published_scores inner join current_list using (list_id)
where abs(hashtext(officer_id)) % 5 <> 0
"""


def brief(place: Place, *options: str, url: str = "") -> tuple[int, str]:
    """What the command says, as a person or as the operator."""
    variables = place.environment | ({"EIS_USER_URL": url} if url else {})
    with patch.object(Place, "environment", variables):
        done = place.run("report", "briefing", *options)
    return done.returncode, done.stdout


def text_of(path: str | Path) -> str:
    return html_pages.read(Path(path).read_text(encoding="utf-8")).text


def names(text: str, identifiers: list[str]) -> list[str]:
    return [one for one in identifiers if re.search(rf"(?<![\w-]){re.escape(one)}(?![\w-])", text)]


@pytest.fixture(scope="module")
def supervisor(demo: Built) -> tuple[str, list[str]]:
    """A supervisor's connection and units, by the roster."""
    place = demo.place
    url = enrol(place, LOGIN, "eis_supervisor")
    [[officer]] = place.query(SUPERVISOR)
    assert place.run("access", "units", LOGIN, "--officer", officer).returncode == 0
    units = place.query("select unit_id from governance.supervisor_units where login = %s", [LOGIN])
    return url, [unit for (unit,) in units]


@pytest.fixture(scope="module")
def pages(demo: Built, supervisor: tuple[str, list[str]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Unit -> page, as the supervisor has them written."""
    url, units = supervisor
    folder = tmp_path_factory.mktemp("briefings") / "mine"
    code, said = brief(demo.place, "--folder", str(folder), url=url)
    assert code == 0, said
    written = {unit: folder / f"adverse_2026-01-01_unit_{unit}.html" for unit in units}
    assert sorted(said.split()) == sorted(map(str, written.values()))
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in written.values())
    return {unit: path.read_text(encoding="utf-8") for unit, path in written.items()}


class TestForCommand:
    def test_each_run_writes_a_page_for_every_list_that_names_no_officer(self, demo: Built) -> None:
        officers = [officer for (officer,) in demo.place.query("select officer_id from core.officers")]
        lists = demo.place.query("select outcome, n_on_list from scores.published_lists where status = 'current'")
        assert {outcome for outcome, _ in lists} == set(demo.place.configuration.backtest.test_dates)
        for outcome, n_on_list in lists:
            page = folder_of(demo.place.settings) / f"{outcome}_2026-01-01_command.html"
            text = text_of(page)
            assert f"{n_on_list} officers are on the list" in text
            assert names(text, officers) == []
            html_pages.assert_asks_nothing_of_anybody(page.read_text(encoding="utf-8"))

    def test_shows_the_units_of_the_list_and_what_it_was_good_for(self, demo: Built) -> None:
        text = text_of(folder_of(demo.place.settings) / "adverse_2026-01-01_command.html")
        counted = demo.place.query(
            "select unit_id, count(*), count(*) filter (where is_on_list) from scores.current_officer_scores"
            " where outcome = 'adverse' group by 1 having bool_or(is_on_list)"
        )
        assert counted
        for unit, n_officers, n_on_list in counted:
            assert re.search(rf"\b{unit} {n_officers} {n_on_list}\b", text), unit
        [(precision, dates)] = demo.place.query(
            "select avg(value), count(*) from monitoring.backtest_metrics inner join monitoring.latest_selections"
            " using (outcome, model_group) where outcome = 'adverse' and metric = 'precision' and parameter = '50'"
        )
        assert f"Of 100 officers on such lists, {round(100 * precision)} had the event" in text
        assert f"({dates} replays of the past" in text

    def test_the_operator_gets_no_page_about_officers(self, demo: Built, tmp_path: Path) -> None:
        code, said = brief(demo.place, "--folder", str(tmp_path / "new"))
        assert code == 0
        assert [Path(path).name for path in said.split()] == ["adverse_2026-01-01_command.html"]
        code, said = brief(demo.place, "--units", "--folder", str(tmp_path / "new"))
        assert code == 1
        assert "This login sees no officer of the list" in said

    def test_an_outcome_that_is_not_predicted_is_told(self, demo: Built) -> None:
        code, said = brief(demo.place, "--outcome", "nothing")
        assert code == 1
        assert "No model predicts 'nothing'" in said


class TestForASupervisor:
    def test_tells_of_the_listed_officers_of_the_own_units_and_of_nobody_else(
        self, demo: Built, pages: dict[str, str]
    ) -> None:
        everybody = [officer for (officer,) in demo.place.query("select officer_id from core.officers")]
        for unit, page in pages.items():
            listed = {officer for (officer,) in demo.place.query(LISTED, [unit])}
            headings = re.findall(r"<h2 id=\"officer-\d+\">(?:.*\()?(?:Officer )?([\w-]+)\)?</h2>", page)
            assert set(headings) == listed
            records = {
                row for (row,) in demo.place.query("select distinct event_id from scores.officer_score_evidence")
            }
            assert set(names(html_pages.read(page).text, everybody)) - records <= listed

    def test_gives_the_reasons_and_the_latest_records_of_the_tables(self, demo: Built, pages: dict[str, str]) -> None:
        n = 0
        for unit, page in pages.items():
            text = html_pages.read(page).text
            for officer, sentence in demo.place.query(
                "select officer_id, sentence from scores.officer_score_reasons inner join scores.current_officer_scores"
                " using (officer_id, outcome, as_of_date) where outcome = 'adverse' and is_on_list and unit_id = %s",
                [unit],
            ):
                assert sentence.rsplit(" ", 3)[0] in text, officer
                n += 1
            for kind, record in demo.place.query(
                "select event_table, event_id"
                " from scores.officer_score_evidence inner join scores.current_officer_scores"
                " using (officer_id, outcome, as_of_date) where outcome = 'adverse' and is_on_list and unit_id = %s"
                " and direction = 'raises' and evidence_number = 1",
                [unit],
            ):
                assert f"{RECORDS[kind]} {record}" in text
        assert n > 5

    def test_is_a_page_for_people(self, pages: dict[str, str]) -> None:
        for page in pages.values():
            html_pages.assert_valid(page)
            html_pages.assert_asks_nothing_of_anybody(page)
            html_pages.assert_references_lead_somewhere(page)
            html_pages.assert_can_be_heard(page)

    def test_is_on_record(self, demo: Built, supervisor: tuple[str, list[str]], pages: dict[str, str]) -> None:
        _, units = supervisor
        read = {
            one
            for (one,) in demo.place.query("select officer_id from governance.score_reads where login = %s", [LOGIN])
        }
        seen = demo.place.query(
            "select distinct officer_id from scores.current_officer_scores where unit_id = any(%s)", [units]
        )
        assert {officer for (officer,) in seen} <= read

    def test_does_not_show_how_other_units_stand(self, supervisor: tuple[str, list[str]]) -> None:
        url, _ = supervisor
        with psycopg.connect(url, autocommit=True) as person:
            for open_to_all in ("published_lists", "list_certainty", "list_track_record"):
                person.execute(f"select from scores.{open_to_all}")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                person.execute("select from scores.list_movements")


class TestSinceTheListBefore:
    @pytest.fixture
    def two_lists(self, demo: Built) -> Iterator[psycopg.Connection]:
        """The warehouse with a list of the month before, for as long as the test looks."""
        with psycopg.connect(demo.place.url()) as connection:
            connection.execute(EARLIER)
            yield connection
            connection.rollback()

    def test_units_count_who_came_and_who_went(self, two_lists: psycopg.Connection) -> None:
        came_and_went = two_lists.execute(
            """
            with now as (select * from scores.current_officer_scores where outcome = 'adverse'),
            earlier as (select * from governance.published_scores where list_id = -1)
            select
                count(*) filter (where now.is_on_list),
                count(*) filter (where now.is_on_list and earlier.is_on_list is not true),
                count(*) filter (where earlier.is_on_list and now.is_on_list is not true)
            from now full join earlier using (officer_id)
            """
        ).fetchone()
        told = two_lists.execute(
            "select sum(moved.n_on_list), sum(n_new), sum(n_left) from scores.list_movements as moved"
            " inner join scores.published_lists using (list_id, outcome)"
            " where status = 'current' and outcome = 'adverse'"
        ).fetchone()
        assert told == came_and_went
        assert told is not None
        assert all(told)

    def test_officers_are_told_with_the_place_they_had(
        self, two_lists: psycopg.Connection, supervisor: tuple[str, list[str]]
    ) -> None:
        two_lists.execute(f"set local session authorization {LOGIN}")
        seen = two_lists.execute(
            "select officer_id, rank, previous_rank, previous_as_of_date from scores.visible_officer_summary"
            " where outcome = 'adverse'"
        ).fetchall()
        two_lists.execute("reset session authorization")
        [size] = two_lists.execute("select n_officers from governance.lists where list_id = -1").fetchone() or (0,)
        assert seen
        assert {str(date) for *_, date in seen} == {"2025-12-01"}
        assert [row for row in seen if row[2] not in (None, size + 1 - row[1])] == []
        scored_then = {
            o for (o,) in two_lists.execute("select officer_id from governance.published_scores where list_id = -1")
        }
        assert {officer for officer, _, earlier, _ in seen if earlier} == {o for o, *_ in seen} & scored_then
