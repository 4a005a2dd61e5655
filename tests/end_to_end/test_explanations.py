"""Reasons and evidence on the finished demo line: what a supervisor is told is what the tables hold."""

import re

import psycopg
import pytest
from place import Built
from test_governed_line import ROSTER, enrol

pytestmark = pytest.mark.slow

# Measures that add up something else than rows.
SUMS = ("force_level_sum", "complaints_discipline_days", "stress_handling_minutes")
COUNTED = r"^(activity|complaints|force|vehicle|history|stress|colleagues)_.*_(1m|3m|6m|12m|24m|60m|ever|now)$"
KEYS = {
    "complaints": "allegation_id",
    "uses_of_force": "force_id",
    "vehicle_incidents": "vehicle_incident_id",
    "legacy_alerts": "alert_id",
    "arrests": "arrest_officer_id",
    "stops": "stop_officer_id",
    "dispatches": "dispatch_id",
    "shifts": "shift_id",
    "training": "training_id",
}


def test_every_published_score_has_reasons_and_details(demo: Built) -> None:
    scores = demo.place.number("select count(*) from scores.officer_scores")
    assert scores == demo.place.number("select count(*) from scores.officer_score_details") > 0
    explained = "select count(distinct (officer_id, as_of_date, outcome)) from scores.officer_score_reasons"
    assert demo.place.number(explained) == scores


def test_a_count_is_the_number_of_its_evidence(demo: Built) -> None:
    rows = demo.place.query(
        "select feature_value, n_evidence from scores.officer_score_reasons"
        " where n_evidence is not null and feature_name ~ %s and measure <> all(%s)",
        [COUNTED, list(SUMS)],
    )
    assert len(rows) > 300
    assert max(n for _, n in rows) > 100
    assert [(value, n) for value, n in rows if value != n] == []


def test_evidence_is_all_there_up_to_a_hundred_rows(demo: Built) -> None:
    wrong = demo.place.query(
        """
        select reasons.feature_name, reasons.n_evidence, count(evidence.event_id)
        from scores.officer_score_reasons as reasons
        left join scores.officer_score_evidence as evidence
            using (officer_id, as_of_date, outcome, direction, reason_rank)
        where reasons.n_evidence is not null
        group by officer_id, as_of_date, outcome, direction, reason_rank, reasons.feature_name, reasons.n_evidence
        having count(evidence.event_id) <> least(reasons.n_evidence, 100)
        """
    )
    assert wrong == []


@pytest.mark.parametrize("table", KEYS)
def test_evidence_points_at_rows_of_the_officer(demo: Built, table: str) -> None:
    rows = demo.place.query(
        f"""
        select held.officer_id = evidence.officer_id
        from scores.officer_score_evidence as evidence
        left join core.{table} as held on evidence.event_id = cast(held.{KEYS[table]} as text)
        where evidence.event_table = %s
        """,
        [table],
    )
    assert rows
    assert set(rows) == {(True,)}


def test_the_last_day_is_that_of_the_evidence(demo: Built) -> None:
    rows = demo.place.query(
        """
        select as_of_date - evidence.known_on, feature_value
        from scores.officer_score_reasons
        inner join scores.officer_score_evidence as evidence
            using (officer_id, as_of_date, outcome, direction, reason_rank)
        where feature_name like '%days_since' and family not in ('peers', 'unit')
        """
    )
    assert rows
    assert [row for row in rows if row[0] != row[1]] == []


def test_a_sentence_says_the_label_and_both_values(demo: Built) -> None:
    rows = demo.place.query(
        """
        select sentence, direction, label, feature_value, typical_value, compared_with
        from scores.officer_score_reasons
        inner join features.feature_catalog using (feature_name)
        where unit = 'count' and label not like '%:%' and feature_value = round(cast(feature_value as numeric))
            and typical_value = round(cast(typical_value as numeric))
        """
    )
    assert len(rows) > 300
    for sentence, direction, label, value, typical, whom in rows:
        ending = "Raises the score." if direction == "raises" else "Lowers the score."
        assert sentence == f"{label}: {value:,.0f}; {whom}: {typical:,.0f}. {ending}"


def test_sentences_are_english(demo: Built) -> None:
    sentences = [text for (text,) in demo.place.query("select distinct sentence from scores.officer_score_reasons")]
    assert len(sentences) > 300
    whom = "(officers in comparable posts|the whole department)"
    shape = re.compile(rf"^[A-Z][^:;]+: [^:;]+; {whom}: [^:;]+\. (Raises|Lowers) the score\.$")
    assert [text for text in sentences if not shape.match(text)] == []
    assert [text for text in sentences if re.search(r"_|NaN|null|minutes|\(1 or 0\)|#", text)] == []


def test_an_alternative_is_a_rank_among_the_same_cohort(demo: Built) -> None:
    rows = demo.place.query(
        """
        select families.score_if_typical, families.rank_if_typical, families.leaves_list_if_typical, lists.n_on_list,
            (
                select count(*) from scores.officer_scores as others
                where others.list_id = scores.list_id and others.officer_id <> scores.officer_id
                    and others.score >= families.score_if_typical
            )
        from scores.officer_score_families as families
        inner join scores.officer_scores as scores using (officer_id, as_of_date, outcome)
        inner join scores.published_lists as lists using (list_id)
        where families.score_if_typical is not null
        """
    )
    assert rows
    for _, rank, leaves, size, n_before in rows:
        assert (rank, leaves) == (n_before + 1, rank > size)


def test_a_supervisor_reads_reasons_and_evidence_of_the_own_units_on_record(demo: Built) -> None:
    place = demo.place
    [supervisor], *_ = place.query(ROSTER)
    url = enrol(place, "eis_why", "eis_supervisor")
    assert place.run("access", "units", "eis_why", "--officer", supervisor).returncode == 0
    units = {u for (u,) in place.query("select unit_id from governance.supervisor_units where login = 'eis_why'")}
    with psycopg.connect(url, autocommit=True) as person:
        for view in ("visible_officer_reasons", "visible_officer_evidence"):
            seen = person.execute(f"select distinct unit_id from scores.{view}").fetchall()
            assert seen
            assert {unit for (unit,) in seen} <= units
        for table in ("scores.officer_score_reasons", "explanations.reason_evidence", "ml.reasons"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                person.execute(f"select from {table} limit 1")
    assert place.number("select count(*) from governance.score_reads where login = 'eis_why'") > 0


@pytest.mark.parametrize("wanted", ["is_on_list", "not is_on_list", "true"])
def test_a_supervisor_of_whom_only_some_are_asked_for_has_read_those_alone(demo: Built, wanted: str) -> None:
    """The planner leaves out the reading that cannot hold, by a constant in the view; whoever is shown is on record."""
    place = demo.place
    [supervisor], *_ = place.query(ROSTER)
    login = "eis_reads_" + {"is_on_list": "listed", "not is_on_list": "others", "true": "all"}[wanted]
    url = enrol(place, login, "eis_supervisor")
    assert place.run("access", "units", login, "--officer", supervisor).returncode == 0
    units = [u for (u,) in place.query("select unit_id from governance.supervisor_units where login = %s", [login])]
    with psycopg.connect(url, autocommit=True) as person:
        seen = person.execute(
            f"select officer_id, outcome, is_on_list, review_status from scores.visible_officer_summary where {wanted}"
        ).fetchall()
    expected = place.query(
        "select scores.officer_id, scores.outcome, scores.is_on_list, due.status"
        " from scores.current_officer_scores as scores"
        " left join governance.due_reviews as due using (list_id, officer_id)"
        f" where {wanted} and scores.unit_id = any(%s)",
        [units],
    )
    assert seen
    assert sorted(map(str, seen)) == sorted(map(str, expected))
    recorded = place.query("select distinct officer_id from governance.score_reads where login = %s", [login])
    assert set(recorded) == {(officer,) for officer, *_ in seen}
