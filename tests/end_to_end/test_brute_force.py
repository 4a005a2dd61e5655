"""Every feature computed again, slowly, in pandas: by hand from what the catalogue's labels say, never from the SQL.

Belongs here: independent recomputation for officers and as-of dates of the demo and of a slice of Chicago, and what
must hold over the whole table of features. Does not: a rebuild from the raw tables as they stood earlier (the
time-travel test). No row and no officer is ever shown: with a real department's data a failure names features only.
"""

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import psycopg
import pytest
from place import Built

pytestmark = pytest.mark.slow

WINDOWS = {"1m": 1, "3m": 3, "6m": 6, "12m": 12, "24m": 24, "60m": 60, "ever": None}
NAME = re.compile(r"(?P<measure>.+)_(?P<what>1m|3m|6m|12m|24m|60m|ever|trend|days_since|now)")
EVENT_FAMILIES = {
    "activity", "force", "complaints", "colleagues", "vehicle", "fatigue", "stress", "wellbeing", "history", "claims",
    "place",
}  # fmt: skip
OTHER_FAMILIES = {"associates", "career", "peers", "rates", "unit"}

DATE = psycopg.adapters.types["date"].oid

LEAST_FEATURES = {"demo": 400, "chicago": 150}

# A whole cohort is computed again at one as-of date, single officers at any.
AS_OF = {"demo": pd.Timestamp("2024-07-01"), "chicago": pd.Timestamp("2012-07-01")}

Rows = pd.DataFrame
Condition = Callable[[Rows], Any]


class Measure(NamedTuple):
    """What a label means: rows of a table from the day in `known`, those that meet `where`, counted or added up.

    What is counted as open stops counting from the day in `until`.
    """

    table: str
    where: Condition = lambda rows: rows.index == rows.index
    known: str = "known_on"
    add_up: Condition | None = None
    until: str | None = None


def field_is(**wanted: object) -> Condition:
    """Rows whose fields have one of the values; an unknown value is none of them."""
    allowed = {field: value if isinstance(value, tuple) else (value,) for field, value in wanted.items()}
    return lambda rows: np.logical_and.reduce([rows[field].isin(values) for field, values in allowed.items()])


MEASURES = {
    "activity_dispatches": Measure("dispatches"),
    "activity_self_initiated": Measure("dispatches", field_is(is_officer_initiated=True)),
    "activity_urgent": Measure("dispatches", field_is(priority=1)),
    "activity_stressful": Measure("dispatches", lambda rows: rows.stress_category.notna()),
    "activity_arrests": Measure("arrests"),
    "activity_felony_arrests": Measure("arrests", field_is(is_felony=True)),
    "activity_resisting_only_arrests": Measure("arrests", field_is(is_resisting_only=True)),
    "activity_disorder_arrests": Measure("arrests", field_is(charge_type="disorder")),
    "activity_dismissed_arrests": Measure("arrests", field_is(is_dismissed=True), "decided_on"),
    "activity_stops": Measure("stops"),
    "activity_searches": Measure("stops", field_is(is_searched=True)),
    "activity_force_stops": Measure("stops", field_is(is_force_used=True)),
    "force_reports": Measure("uses_of_force"),
    "force_subject_injured": Measure("uses_of_force", field_is(is_subject_injured=True)),
    "force_officer_injured": Measure("uses_of_force", field_is(is_officer_injured=True)),
    "force_high_level": Measure("uses_of_force", field_is(force_level=(5, 6))),
    "force_strikes": Measure("uses_of_force", field_is(force_type="strike")),
    "force_taser": Measure("uses_of_force", field_is(is_taser_used=True)),
    "force_firearm": Measure("uses_of_force", field_is(is_firearm_used=True)),
    "force_unarmed_subject": Measure("uses_of_force", field_is(is_subject_armed=False)),
    "force_passive_subject": Measure("uses_of_force", field_is(resistance=("none", "passive"))),
    "force_assaulted": Measure("uses_of_force", field_is(resistance=("assault", "deadly"))),
    "force_at_night": Measure("uses_of_force", field_is(is_night=True)),
    "force_off_duty": Measure("uses_of_force", field_is(is_on_duty=False)),
    "force_young_subject": Measure("uses_of_force", lambda rows: rows.subject_age < 21),
    "force_takedowns": Measure("uses_of_force", field_is(force_type="takedown")),
    "force_chemical_or_baton": Measure("uses_of_force", field_is(force_type=("chemical", "baton"))),
    "force_out_of_uniform": Measure("uses_of_force", field_is(is_in_uniform=False)),
    "force_pending": Measure("uses_of_force", until="finding_on"),
    "force_level_sum": Measure("uses_of_force", add_up=lambda rows: rows.force_level),
    "force_unjustified": Measure("uses_of_force", field_is(finding="unjustified"), "finding_on"),
    "complaints_reported": Measure("complaints"),
    "complaints_force": Measure("complaints", field_is(category="force")),
    "complaints_search": Measure("complaints", field_is(category="search")),
    "complaints_arrest": Measure("complaints", field_is(category="arrest")),
    "complaints_verbal": Measure("complaints", field_is(category="verbal")),
    "complaints_bias": Measure("complaints", field_is(category="bias")),
    "complaints_off_duty": Measure("complaints", field_is(category="conduct_off_duty")),
    "complaints_neglect": Measure("complaints", field_is(category="neglect")),
    "complaints_administrative": Measure("complaints", field_is(category="administrative")),
    "complaints_criminal": Measure("complaints", field_is(category=("criminal", "drugs_alcohol"))),
    "complaints_serious": Measure("complaints", field_is(severity="serious")),
    "complaints_citizen": Measure("complaints", field_is(origin="citizen")),
    "complaints_internal": Measure("complaints", field_is(origin="internal")),
    "complaints_pending": Measure("complaints", until="closed_on"),
    "complaints_serious_pending": Measure("complaints", field_is(severity="serious"), until="closed_on"),
    "complaints_several_complainants": Measure("complaints", lambda rows: rows.complainant_count > 1),
    "complaints_discipline_days": Measure(
        "complaints", known="closed_on", add_up=lambda rows: rows.discipline_days.fillna(0)
    ),
    "complaints_identified": Measure("complaints", lambda rows: rows.complainant_count > 0),
    "complaints_decided": Measure("complaints", known="closed_on"),
    "complaints_sustained": Measure("complaints", field_is(finding="sustained"), "closed_on"),
    "complaints_not_sustained": Measure("complaints", field_is(finding="not_sustained"), "closed_on"),
    "complaints_unfounded": Measure("complaints", field_is(finding=("unfounded", "exonerated")), "closed_on"),
    "complaints_no_affidavit": Measure("complaints", field_is(finding="no_affidavit"), "closed_on"),
    "complaints_disciplined": Measure(
        "complaints", field_is(discipline=("reprimand", "suspension", "separation")), "closed_on"
    ),
    "complaints_suspended": Measure("complaints", field_is(discipline="suspension"), "closed_on"),
    "colleagues_joint_complaints": Measure("joint_complaints"),
    "colleagues_co_accused": Measure("co_accused"),
    "colleagues_witnessed_complaints": Measure("complaint_witnesses"),
    "colleagues_joint_force": Measure("joint_force"),
    "colleagues_joint_force_officers": Measure("joint_force_officers"),
    "vehicle_accidents": Measure("vehicle_incidents", field_is(kind="accident")),
    "vehicle_injury_accidents": Measure("vehicle_incidents", field_is(kind="accident", has_injury=True)),
    "vehicle_pending": Measure("vehicle_incidents", until="finding_on"),
    "vehicle_pursuits": Measure("vehicle_incidents", field_is(kind="pursuit")),
    "vehicle_preventable": Measure("vehicle_incidents", field_is(is_preventable=True), "finding_on"),
    "vehicle_not_preventable": Measure("vehicle_incidents", field_is(is_preventable=False), "finding_on"),
    "fatigue_shifts": Measure("shifts", lambda rows: rows.leave_type.isna()),
    "fatigue_worked_minutes": Measure("shifts", add_up=lambda rows: rows.worked_minutes),
    "fatigue_overtime_minutes": Measure("shifts", add_up=lambda rows: rows.overtime_minutes),
    "fatigue_long_shifts": Measure("shifts", lambda rows: rows.worked_minutes > 12 * 60),
    "fatigue_night_shifts": Measure("shifts", lambda rows: rows.is_night.eq(True) & rows.leave_type.isna()),
    "fatigue_short_rests": Measure("shifts", lambda rows: rows.rest_minutes < 10 * 60),
    "fatigue_third_days": Measure("third_days"),
    "fatigue_seventh_days": Measure("seventh_days"),
    "fatigue_sick_days": Measure("shifts", field_is(leave_type="sick")),
    "fatigue_suspension_days": Measure("shifts", field_is(leave_type="suspension")),
    "fatigue_vacation_days": Measure("shifts", field_is(leave_type="vacation")),
    "fatigue_outside_minutes": Measure("secondary_employment", add_up=lambda rows: rows.worked_minutes),
    "fatigue_outside_days": Measure("secondary_employment"),
    "stress_suicide": Measure("dispatches", field_is(stress_category="suicide")),
    "stress_child_victim": Measure("dispatches", field_is(stress_category="child_victim")),
    "stress_death": Measure("dispatches", field_is(stress_category="death")),
    "stress_domestic": Measure("dispatches", field_is(stress_category="domestic")),
    "stress_violent": Measure("dispatches", field_is(stress_category="violent")),
    "stress_weapons": Measure("dispatches", field_is(stress_category="weapons")),
    "stress_handling_minutes": Measure(
        "dispatches", lambda rows: rows.stress_category.notna(), add_up=lambda rows: rows.handling_minutes
    ),
    "wellbeing_injuries": Measure("injuries"),
    "wellbeing_assault_injuries": Measure("injuries", field_is(cause="assault")),
    "wellbeing_days_lost": Measure("injuries", known="returned_on", add_up=lambda rows: rows.days_lost),
    "wellbeing_courses": Measure("training"),
    "wellbeing_training_minutes": Measure("training", add_up=lambda rows: rows.hours.astype(float) * 60),
    "wellbeing_failed_courses": Measure("training", field_is(is_passed=False)),
    "wellbeing_firearms_courses": Measure("training", field_is(course="firearms")),
    "wellbeing_crisis_courses": Measure("training", field_is(course="crisis_intervention")),
    "wellbeing_de_escalation_courses": Measure("training", field_is(course="de_escalation")),
    "wellbeing_driving_courses": Measure("training", field_is(course="driving")),
    "wellbeing_wellness_courses": Measure("training", field_is(course="wellness")),
    "wellbeing_commendations": Measure("commendations"),
    "wellbeing_bravery_awards": Measure("commendations", field_is(kind=("lifesaving", "valor"))),
    "wellbeing_citizen_letters": Measure("commendations", field_is(kind="citizen_letter")),
    "history_alerts": Measure("legacy_alerts"),
    "history_alerts_acted_on": Measure(
        "legacy_alerts", field_is(disposition=("counselling", "training", "monitoring")), "disposed_on"
    ),
    "history_alerts_dismissed": Measure("legacy_alerts", field_is(disposition="no_action"), "disposed_on"),
    "history_interventions": Measure("interventions"),
    "history_running": Measure("interventions", until="ended_on"),
    "history_counselling": Measure("interventions", field_is(kind="counselling")),
    "history_peer_support": Measure("interventions", field_is(kind="peer_support")),
    "history_retraining": Measure("interventions", field_is(kind="training")),
    "history_self_sought": Measure("interventions", field_is(prompted_by="self")),
    "history_completed": Measure("interventions", field_is(outcome="completed"), "ended_on"),
    "history_stopped": Measure("interventions", field_is(outcome="stopped"), "ended_on"),
    "claims_filed": Measure("civil_claims"),
    "claims_pending": Measure("civil_claims", until="closed_on"),
    "claims_force_filed": Measure("civil_claims", field_is(matter_type="force")),
    "claims_closed": Measure("civil_claims", known="closed_on"),
    "claims_paid": Measure("civil_claims", lambda rows: rows.paid_amount > 0, "closed_on"),
    "claims_paid_hundreds": Measure(
        "civil_claims", known="closed_on", add_up=lambda rows: rows.paid_amount.astype(float) // 100
    ),
    "claims_criminal_matters": Measure("criminal_matters"),
    "claims_off_duty_criminal_matters": Measure("criminal_matters", field_is(matter_type="off_duty")),
    "claims_convictions": Measure("criminal_matters", field_is(result="convicted"), "closed_on"),
    "place_indoor_force": Measure("uses_of_force", field_is(is_indoors=True)),
    "place_force_with_beat": Measure("force_by_beat"),
    "place_beat_force": Measure("force_by_beat", add_up=lambda rows: rows.year_before),
    "place_repeat_beat_force": Measure("force_by_beat", lambda rows: rows.own_year_before > 0),
    "place_complaints_with_beat": Measure("complaints_by_beat"),
    "place_beat_complaints": Measure("complaints_by_beat", add_up=lambda rows: rows.year_before),
    "place_repeat_beat_complaints": Measure("complaints_by_beat", lambda rows: rows.own_year_before > 0),
}


class Rate(NamedTuple):
    """`per` numerators a denominator, as if the officer had `shrink` more of the denominator at the cohort's rate."""

    numerator: str
    denominator: str
    per: int
    shrink: int


def per_arrests(numerator: str) -> Rate:
    return Rate(numerator, "activity_arrests", 100, 10)


def per_calls(numerator: str) -> Rate:
    return Rate(numerator, "activity_dispatches", 1_000, 100)


def per_hours(numerator: str, per: int = 60_000) -> Rate:
    return Rate(numerator, "fatigue_worked_minutes", per, 6_000)


RATES = {
    "rates_force_per_100_arrests": per_arrests("force_reports"),
    "rates_complaints_per_100_arrests": per_arrests("complaints_reported"),
    "rates_resisting_only_per_100_arrests": per_arrests("activity_resisting_only_arrests"),
    "rates_dismissed_per_100_arrests": per_arrests("activity_dismissed_arrests"),
    "rates_force_per_1000_calls": per_calls("force_reports"),
    "rates_complaints_per_1000_calls": per_calls("complaints_reported"),
    "rates_arrests_per_1000_calls": per_calls("activity_arrests"),
    "rates_complaints_per_1000_hours": per_hours("complaints_reported"),
    "rates_force_per_1000_hours": per_hours("force_reports"),
    "rates_preventable_per_1000_hours": per_hours("vehicle_preventable"),
    "rates_injuries_per_1000_hours": per_hours("wellbeing_injuries"),
    "rates_overtime_per_1000_hours": per_hours("fatigue_overtime_minutes", 1_000),  # minutes over minutes
    "rates_outside_per_1000_hours": per_hours("fatigue_outside_minutes", 1_000),
    "rates_night_share_of_shifts": Rate("fatigue_night_shifts", "fatigue_shifts", 1, 5),
    "rates_short_rest_share_of_shifts": Rate("fatigue_short_rests", "fatigue_shifts", 1, 5),
    "rates_stressful_share_of_calls": Rate("activity_stressful", "activity_dispatches", 1, 10),
    "rates_injury_share_of_force": Rate("force_subject_injured", "force_reports", 1, 5),
    "rates_passive_share_of_force": Rate("force_passive_subject", "force_reports", 1, 5),
    "rates_mean_force_level": Rate("force_level_sum", "force_reports", 1, 5),
    "rates_complaints_per_force_report": Rate("complaints_reported", "force_reports", 1, 5),
    "rates_force_share_of_complaints": Rate("complaints_force", "complaints_reported", 1, 5),
    "rates_joint_share_of_complaints": Rate("colleagues_joint_complaints", "complaints_reported", 1, 5),
    "rates_citizen_share_of_complaints": Rate("complaints_citizen", "complaints_reported", 1, 5),
    "rates_beat_force": Rate("place_beat_force", "place_force_with_beat", 1, 2),
    "rates_beat_complaints": Rate("place_beat_complaints", "place_complaints_with_beat", 1, 2),
    "rates_sustained_share": Rate("complaints_sustained", "complaints_decided", 1, 5),
}


class Line:
    """A finished line, and the features that are computed again."""

    def __init__(self, built: Built) -> None:
        """Read from this line."""
        self.place = built.place
        self.as_of = AS_OF[built.place.department]

    def read(self, query: str) -> Rows:
        """Rows of a query, days as numpy's."""
        with psycopg.connect(self.place.url()) as connection:
            cursor = connection.execute(query.encode())
            columns = cursor.description or ()
            rows = pd.DataFrame(cursor.fetchall(), columns=[column.name for column in columns])
        days = [column.name for column in columns if column.type_code == DATE]
        return rows.astype(dict.fromkeys(days, "datetime64[s]"))

    @cached_property
    def catalogue(self) -> Rows:
        """The features that the department has."""
        return self.read("select * from features.feature_catalog where is_available")

    def names(self, *families: str) -> list[str]:
        """Features of the families."""
        return self.catalogue.feature_name[self.catalogue.family.isin(families)].tolist()

    @cached_property
    def cohort(self) -> Rows:
        """The cohort of the one as-of date, by officer."""
        return self.read(f"select * from features.officer_cohort where as_of_date = '{self.as_of}'").set_index(
            "officer_id"
        )

    @cached_property
    def whole_date(self) -> Rows:
        """All features of that cohort, in its order."""
        rows = self.read(f"select * from features.officer_features where as_of_date = '{self.as_of}'")
        return rows.set_index("officer_id").loc[self.cohort.index]

    @cached_property
    def tables(self) -> dict[str, Rows]:
        """Core tables by name, and what is put together from them."""
        tables = {name: self.read(f"select * from core.{name}") for name in self.place.configuration.supplied_tables}
        for table, case_id, cases, others, by_beat in (
            ("complaints", "complaint_id", "joint_complaints", "co_accused", "complaints_by_beat"),
            ("uses_of_force", "incident_id", "joint_force", "joint_force_officers", "force_by_beat"),
        ):
            tables[others] = find_colleagues(tables[table], case_id)
            tables[cases] = tables[others].groupby(["officer_id", case_id], as_index=False).known_on.min()
            tables[by_beat] = look_at_beats(tables[table])
        if "arrests" in tables:
            tables["joint_arrests"] = find_colleagues(tables["arrests"], "arrest_id")
        if "shifts" in tables:
            tables["third_days"] = find_days_in_a_row(tables["shifts"], 3)
            tables["seventh_days"] = find_days_in_a_row(tables["shifts"], 7)
        return tables


@pytest.fixture(scope="module", params=["demo", "chicago_slice"])
def line(request: pytest.FixtureRequest) -> Line:
    return Line(request.getfixturevalue(request.param))


def find_colleagues(rows: Rows, case_id: str) -> Rows:
    """A row for each officer of a case and each other officer of it, from the day the department knew of both."""
    found = []
    is_shared = rows.groupby(case_id).officer_id.transform("nunique") > 1
    for case, members in rows[is_shared].groupby(case_id):
        first_known = members.groupby("officer_id").known_on.min()
        found += [
            (officer, other, case, max(first_known[officer], first_known[other]))
            for officer in first_known.index
            for other in first_known.index
            if officer != other
        ]
    return pd.DataFrame(found, columns=["officer_id", "other_officer_id", case_id, "known_on"])


def look_at_beats(rows: Rows) -> Rows:
    """Rows with a beat, and how many of it had become known in the 365 days before: all, and the officer's own."""
    rows = rows[rows.beat.notna()].reset_index(drop=True)
    days = rows.known_on.to_numpy()
    before, own_before = np.zeros(len(rows)), np.zeros(len(rows))
    officers = rows.officer_id.to_numpy()
    for places in rows.groupby("beat").indices.values():
        for place in places:
            age = (days[place] - days[places]) / np.timedelta64(1, "D")
            is_recent = (age >= 1) & (age <= 365)
            before[place] = is_recent.sum()
            own_before[place] = (is_recent & (officers[places] == officers[place])).sum()
    return rows.assign(year_before=before, own_year_before=own_before)


def find_days_in_a_row(shifts: Rows, length: int) -> Rows:
    """Days of work that follow so many others less one, without a gap, known when the last of them was."""
    worked = shifts[shifts.leave_type.isna()]
    first_known = worked.groupby(["officer_id", worked.starts_at.dt.normalize()]).known_on.min().to_dict()
    found = []
    for officer, day in first_known:
        run = [first_known.get((officer, day - pd.Timedelta(days=back))) for back in range(length)]
        if None not in run:
            found.append((officer, max(run)))
    return pd.DataFrame(found, columns=["officer_id", "known_on"])


@pytest.fixture(scope="module")
def sample(line: Line) -> Rows:
    """Features of officers at as-of dates: some at random, and some for each table whose officers are few."""
    served = line.read("select officer_id, as_of_date from features.officer_cohort order by 1, 2")
    picks = [served.sample(24, random_state=1)]
    for number, table in enumerate(line.tables.values()):
        is_in_table = served.officer_id.isin(table.officer_id)
        picks.append(served[is_in_table].sample(min(1, is_in_table.sum()), random_state=number))
    chosen = pd.concat(picks).drop_duplicates()
    keys = ", ".join(f"('{officer}', date '{as_of.date()}')" for officer, as_of in chosen.itertuples(index=False))
    return line.read(f"select * from features.officer_features where (officer_id, as_of_date) in ({keys})")


def split_name(feature: str) -> tuple[str, str]:
    """Measure with its family, and window or kind."""
    match = NAME.fullmatch(feature)
    assert match, feature
    return match["measure"], match["what"]


def months_before(date: pd.Timestamp, months: int) -> pd.Timestamp:
    return date - pd.DateOffset(months=months)


def months_between(start: pd.Timestamp, end: pd.Timestamp) -> int:
    return (end.year - start.year) * 12 + end.month - start.month


class Facts(NamedTuple):
    """An officer's rows that a measure is about: from which day each is known, how much it adds, when it is over."""

    known: Any
    amount: Any
    over: Any


def find_facts(rows: Rows, measure: Measure) -> dict[str, Facts]:
    """The measure's rows by officer. What a column dates is known from its day, but never before the row itself."""
    rows = rows[np.asarray(measure.where(rows), dtype=bool) & rows[measure.known].notna()]
    never = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[s]")
    known, over = (
        rows[[column, "known_on"]].max(axis=1).where(rows[column].notna()) if column else never
        for column in (measure.known, measure.until)
    )
    amount = measure.add_up(rows).astype(float) if measure.add_up else pd.Series(1.0, index=rows.index)
    return {
        officer: Facts(known.loc[own].to_numpy(), amount.loc[own].to_numpy(), over.loc[own].to_numpy())
        for officer, own in rows.groupby("officer_id").groups.items()
    }


def recompute(facts: Facts | None, what: str, as_of: pd.Timestamp) -> float | None:
    """The value of a feature of the measure: a window, the trend, the days since the last, or how many are open."""
    if facts is None:
        return None if what == "days_since" else 0.0

    def within(start: pd.Timestamp | None) -> float:
        chosen = facts.known < np.datetime64(as_of)
        return float(
            np.nansum(facts.amount[chosen & (facts.known >= np.datetime64(start))] if start else facts.amount[chosen])
        )

    if what == "now":
        return within(None) - float((facts.over < np.datetime64(as_of)).sum())
    if what == "days_since":
        before = facts.known[facts.known < np.datetime64(as_of)]
        return float((as_of - pd.Timestamp(before.max())).days) if len(before) else None
    if what == "trend":
        a_year, two_years = within(months_before(as_of, 12)), within(months_before(as_of, 24))
        return a_year - (two_years - a_year)
    months = WINDOWS[what]
    return within(months_before(as_of, months) if months else None)


def test_every_family_is_computed_again(line: Line) -> None:
    assert set(line.catalogue.family) <= EVENT_FAMILIES | OTHER_FAMILIES
    assert line.place.department != "demo" or set(line.catalogue.family) == EVENT_FAMILIES | OTHER_FAMILIES
    assert len(line.catalogue) >= LEAST_FEATURES[line.place.department]


def test_what_needs_a_table_that_is_not_supplied_is_missing_by_name(line: Line) -> None:
    supplied = set(line.place.configuration.supplied_tables)
    declared = line.read("select source_tables, is_available, absence_reason from features.feature_catalog")
    needs_more = ~declared.source_tables.str.split(", ").map(supplied.issuperset)
    if line.place.department == "chicago":
        assert needs_more.sum() > 100
    assert not declared.is_available[needs_more].any()
    assert set(declared.absence_reason[needs_more]) <= set(line.place.configuration.absent_tables.values())


def test_event_features_are_what_their_labels_say(line: Line, sample: Rows) -> None:
    features: dict[str, list[str]] = {}
    for name in line.names(*EVENT_FAMILIES):
        measure_name, what = split_name(name)
        features.setdefault(measure_name, []).append(what)
    assert len(sample) >= 30
    assert set(features) <= set(MEASURES)
    assert line.place.department != "demo" or set(features) == set(MEASURES)
    wrong, different_from_zero = set(), set()
    for measure_name, whats in features.items():
        measure = MEASURES[measure_name]
        rows = line.tables[measure.table]
        facts = find_facts(rows[rows.officer_id.isin(sample.officer_id)], measure)
        for what in whats:
            name = f"{measure_name}_{what}"
            for officer, as_of, found in zip(sample.officer_id, sample.as_of_date, sample[name], strict=True):
                expected = recompute(facts.get(officer), what, as_of)
                if found != expected and not (expected is None and pd.isna(found)):
                    wrong.add(name)
                if expected:
                    different_from_zero.add(name.split("_")[0])
    assert sorted(wrong) == []
    assert different_from_zero == {name.split("_")[0] for name in features}  # a family of zeros would prove nothing


def test_rates_are_numerator_over_denominator(line: Line) -> None:
    rows, names = line.whole_date, line.names("rates")
    assert {split_name(name)[0] for name in names} <= set(RATES)
    assert line.place.department != "demo" or {split_name(name)[0] for name in names} == set(RATES)
    for name in names:
        measure, window = name.rsplit("_", 1)
        rate = RATES[measure]
        numerator, denominator = rows[f"{rate.numerator}_{window}"], rows[f"{rate.denominator}_{window}"]
        usual = numerator.sum() / denominator.sum()
        expected = rate.per * (numerator + rate.shrink * usual) / (denominator + rate.shrink)
        assert_close(rows[name], expected, name)


def assert_close(found: pd.Series, expected: Any, name: str) -> None:
    """Equal but for the precision of a real, with nulls in the same rows."""
    is_close = np.isclose(found.astype(float), np.asarray(expected, dtype=float), rtol=1e-5, equal_nan=True)
    assert is_close.all(), f"{name}: {(~is_close).sum()} of {len(found)} rows differ"
    assert found.notna().any(), f"{name}: always null"


def test_standing_is_among_peers_and_in_the_unit(line: Line) -> None:
    rows, cohort = line.whole_date, line.cohort
    assert line.names("peers")
    assert line.names("unit")
    for name in line.names("peers"):
        groups = rows[name.removeprefix("peers_")].groupby(cohort.peer_group)
        others = groups.transform("size") - 1
        assert_close(rows[name], ((groups.rank(method="min") - 1) / others.where(others > 0)).fillna(0), name)
    for name in line.names("unit"):
        values = rows[name.removeprefix("unit_")]
        units = values.groupby(cohort.unit_id, dropna=False)
        others = units.transform("size") - 1
        assert_close(rows[name], (units.transform("sum") - values) / others.where(others > 0), name)


def test_associates_are_those_of_the_last_two_years_with_their_own_record(line: Line) -> None:
    pairs = ("co_accused", "joint_force_officers", "joint_arrests")
    shared = pd.concat([line.tables[name] for name in pairs if name in line.tables])
    is_recent = (shared.known_on >= months_before(line.as_of, 24)) & (shared.known_on < line.as_of)
    in_service = shared.officer_id.isin(line.cohort.index) & shared.other_officer_id.isin(line.cohort.index)
    shared = shared[is_recent & in_service]
    assert shared.officer_id.nunique() >= 20
    found, names = line.whole_date, line.names("associates")
    cases = shared.groupby(["officer_id", "other_officer_id"]).size()
    expected = pd.DataFrame(index=found.index)
    expected["associates_officers_24m"] = cases.groupby("officer_id").size()
    expected["associates_repeated_24m"] = (cases > 1).groupby("officer_id").sum()
    expected = expected.fillna(0)
    for name in names:
        if match := re.fullmatch(r"associates_(mean|highest)_(.+)", name):
            # One line a shared case, so that whoever shared two counts twice.
            records = shared.assign(value=found[match[2]].loc[shared.other_officer_id].to_numpy())
            of_officer = records.groupby("officer_id").value
            expected[name] = of_officer.mean() if match[1] == "mean" else of_officer.max()
        assert_close(found[name], expected[name], name)
    assert set(names) == set(expected.columns)


def test_careers_are_what_the_personnel_records_say(line: Line) -> None:
    found, cohort, as_of = line.whole_date, line.cohort, line.as_of
    officers, assignments, ranks = line.tables["officers"], line.tables["assignments"], line.tables["ranks"]
    expected = pd.DataFrame(index=found.index)
    hired = officers.set_index("officer_id").hired_on.loc[found.index]
    expected["service_months"] = [months_between(day, as_of) for day in hired]
    expected["is_probationary"] = (expected.service_months < 18).astype(int)

    known = ranks[(ranks.known_on < as_of) & (ranks.effective_on <= as_of)].sort_values(["effective_on", "rank_id"])
    pay = known[known.annual_salary.notna() & known.officer_id.isin(found.index)].groupby("officer_id").tail(1)
    pay = pay.set_index("officer_id").annual_salary.astype(float)
    expected["salary_rank"] = (pay.rank(method="min") - 1) / (len(pay) - 1)

    begun = known.groupby("officer_id")
    present = begun.rank_group.last().reindex(found.index)
    expected["is_supervisor"] = present.isin(["sergeant", "lieutenant", "command"]).where(present.notna())
    expected["is_detective"] = present.eq("detective").where(present.notna())
    expected["ranks_ever"] = begun.rank_group.nunique().reindex(found.index).fillna(0)
    for officer, steps in begun:
        if officer in found.index:
            since = steps.effective_on[steps.rank_group == present[officer]].min()
            expected.loc[officer, "months_in_rank"] = months_between(since, as_of)

    placed = assignments[(assignments.valid_from <= as_of) & (assignments.known_on <= as_of)]
    own = placed.groupby("officer_id")
    expected["units_ever"] = own.size()
    for months in (12, 60):
        is_recent = (placed.valid_from >= months_before(as_of, months)).astype(int)
        expected[f"moves_{months}m"] = is_recent.groupby(placed.officer_id).sum()
    expected["months_in_unit"] = own.valid_from.max().map(lambda day: months_between(day, as_of))
    is_open = placed.valid_to.isna() | (placed.valid_to > as_of)
    expected["open_assignments"] = is_open.groupby(placed.officer_id).sum()
    expected["unit_size"] = cohort.groupby("unit_id").unit_id.transform("size")

    assert {f"career_{name}" for name in expected} == set(line.names("career"))
    for name in expected:
        assert_close(found[f"career_{name}"], expected[name], name)


def count_rows(line: Line, conditions: Iterable[str], source: str = "features.officer_features") -> dict[str, int]:
    """Rows that meet each condition; those that none meets are left out."""
    asked = list(conditions)
    assert asked
    columns = ", ".join(f"count(*) filter (where {condition})" for condition in asked)
    (counts,) = line.read(f"select {columns} from {source}").to_numpy().tolist()
    return {condition: count for condition, count in zip(asked, counts, strict=True) if count}


def test_a_longer_window_never_holds_less(line: Line) -> None:
    names = set(line.names(*EVENT_FAMILIES))
    conditions = []
    for measure in MEASURES:
        windows = [f"{measure}_{window}" for window in WINDOWS if f"{measure}_{window}" in names]
        conditions += [f"{longer} < {shorter}" for shorter, longer in pairwise(windows)]
        conditions += [f"{shortest} < 0" for shortest in windows[:1]]
    assert count_rows(line, conditions) == {}


def test_what_is_open_is_never_negative_nor_more_than_there_ever_was(line: Line) -> None:
    ever = {
        "force_pending_now": "force_reports_ever",
        "complaints_pending_now": "complaints_reported_ever",
        "complaints_serious_pending_now": "complaints_serious_ever",
        "vehicle_pending_now": "vehicle_accidents_ever + vehicle_pursuits_ever",
        "history_running_now": "history_interventions_ever",
        "claims_pending_now": "claims_filed_ever",
    }
    names = [name for name in line.names(*EVENT_FAMILIES) if name.endswith("_now")]
    assert count_rows(line, [f"{name} < 0 or {name} > {ever[name]}" for name in names]) == {}


def test_what_ever_happened_is_never_forgotten(line: Line) -> None:
    ever = [name for name in line.names(*EVENT_FAMILIES) if name.endswith("_ever")]
    before = ", ".join(
        f"{name} - lag({name}) over (partition by officer_id order by as_of_date) as {name}" for name in ever
    )
    source = f"(select {before} from features.officer_features) as changes"
    assert count_rows(line, [f"{name} < 0" for name in ever], source) == {}
