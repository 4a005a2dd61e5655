"""Features computed again, slowly, in pandas: by hand from what the catalogue's labels say, never from the SQL.

Belongs here: independent recomputation, and what must hold over the whole table of features. Does not: a rebuild from
the raw tables as they stood earlier (the time-travel test).
"""

import datetime as dt
import re
import subprocess
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import psycopg
import pytest

from eis.demo import generate
from eis.department import load_department
from eis.ingest import load_raw_tables
from eis.postgres import Warehouse
from eis.settings import PROJECT, Settings
from eis.transform import DBT, dbt_arguments, dbt_environment
from eis.validation import load_suites, validate

pytestmark = pytest.mark.slow

WINDOWS = {"1m": 1, "3m": 3, "6m": 6, "12m": 12, "24m": 24, "60m": 60, "ever": None}
NAME = re.compile(r"(?P<measure>.+)_(?P<what>1m|3m|6m|12m|24m|60m|ever|trend|days_since)")
EVENT_FAMILIES = {
    "activity", "force", "complaints", "colleagues", "vehicle", "fatigue", "stress", "wellbeing", "history", "claims",
}  # fmt: skip

Rows = pd.DataFrame
Condition = Callable[[Rows], Any]


class Measure(NamedTuple):
    """What a label means: rows of a table from the day in `known`, those that meet `where`, counted or added up."""

    table: str
    where: Condition = lambda rows: rows.index == rows.index
    known: str = "known_on"
    add_up: Condition | None = None


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
    "vehicle_pursuits": Measure("vehicle_incidents", field_is(kind="pursuit")),
    "vehicle_preventable": Measure("vehicle_incidents", field_is(is_preventable=True), "finding_on"),
    "vehicle_not_preventable": Measure("vehicle_incidents", field_is(is_preventable=False), "finding_on"),
    "fatigue_shifts": Measure("shifts", lambda rows: rows.leave_type.isna()),
    "fatigue_worked_minutes": Measure("shifts", add_up=lambda rows: rows.worked_minutes),
    "fatigue_overtime_minutes": Measure("shifts", add_up=lambda rows: rows.overtime_minutes),
    "fatigue_long_shifts": Measure("shifts", lambda rows: rows.worked_minutes > 12 * 60),
    "fatigue_night_shifts": Measure("shifts", lambda rows: rows.is_night.eq(True) & rows.leave_type.isna()),
    "fatigue_short_rests": Measure("shifts", lambda rows: rows.rest_minutes < 10 * 60),
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
    "history_counselling": Measure("interventions", field_is(kind="counselling")),
    "history_peer_support": Measure("interventions", field_is(kind="peer_support")),
    "history_retraining": Measure("interventions", field_is(kind="training")),
    "history_self_sought": Measure("interventions", field_is(prompted_by="self")),
    "history_completed": Measure("interventions", field_is(outcome="completed"), "ended_on"),
    "history_stopped": Measure("interventions", field_is(outcome="stopped"), "ended_on"),
    "claims_filed": Measure("civil_claims"),
    "claims_force_filed": Measure("civil_claims", field_is(matter_type="force")),
    "claims_closed": Measure("civil_claims", known="closed_on"),
    "claims_paid": Measure("civil_claims", lambda rows: rows.paid_amount > 0, "closed_on"),
    "claims_paid_hundreds": Measure(
        "civil_claims", known="closed_on", add_up=lambda rows: rows.paid_amount.astype(float) // 100
    ),
    "claims_criminal_matters": Measure("criminal_matters"),
    "claims_off_duty_criminal_matters": Measure("criminal_matters", field_is(matter_type="off_duty")),
    "claims_convictions": Measure("criminal_matters", field_is(result="convicted"), "closed_on"),
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
    "rates_sustained_share": Rate("complaints_sustained", "complaints_decided", 1, 5),
}


class Line(NamedTuple):
    """A small demo department, built as far as its features."""

    url: str
    catalogue: Rows
    features: Rows

    def read(self, query: str) -> Rows:
        """Rows of a query."""
        with psycopg.connect(self.url) as connection:
            cursor = connection.execute(query.encode())
            return pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description or ()])

    def names(self, *families: str) -> list[str]:
        """Features of the families."""
        return self.catalogue.feature_name[self.catalogue.family.isin(families)].tolist()


@pytest.fixture(scope="module")
def line(make_home: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory) -> Line:
    raw_path = tmp_path_factory.mktemp("raw")
    generate(raw_path, officers=80)
    settings = Settings(home=make_home(), department="demo", database_url=None, raw_path=raw_path)
    warehouse, department = Warehouse(settings), load_department(settings)
    warehouse.start()
    load_raw_tables(warehouse.url(), department, settings.raw_files)
    shares = {name: table.quarantine_max_share for name, table in department.raw_tables.items()}
    for _ in validate(warehouse.url(), load_suites(PROJECT / "expectations" / "demo"), settings.state, shares):
        pass  # faulty rows move to quarantine
    command = [str(DBT), "run", *dbt_arguments(settings), "--exclude", "path:models/scores", "path:models/monitoring"]
    built = subprocess.run(command, env=dbt_environment(settings), capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout
    empty = Line(warehouse.url(), pd.DataFrame(), pd.DataFrame())
    catalogue = empty.read("select * from features.feature_catalog where is_available")
    features = empty.read("select * from features.officer_features")
    return Line(warehouse.url(), catalogue, features.set_index(["officer_id", "as_of_date"]).sort_index())


@pytest.fixture(scope="module")
def events(line: Line) -> dict[str, Rows]:
    """Core tables by name, and the colleagues, put together from the complaints and the force reports."""
    names = {measure.table for measure in MEASURES.values()}
    derived = {"joint_complaints", "co_accused", "joint_force", "joint_force_officers"}
    tables = {name: line.read(f"select * from core.{name}") for name in sorted(names - derived)}
    for table, case_id, cases, others in (
        ("complaints", "complaint_id", "joint_complaints", "co_accused"),
        ("uses_of_force", "incident_id", "joint_force", "joint_force_officers"),
    ):
        tables[others] = find_colleagues(tables[table], case_id)
        tables[cases] = tables[others].groupby(["officer_id", case_id], as_index=False).known_on.min()
    return tables


def find_colleagues(rows: Rows, case_id: str) -> Rows:
    """A row for each officer of a case and each other officer of it, from the day the department knew of both."""
    found = []
    for case, members in rows.groupby(case_id):
        first_known = members.groupby("officer_id").known_on.min()
        found += [
            {"officer_id": officer, case_id: case, "known_on": max(first_known[officer], first_known[other])}
            for officer in first_known.index
            for other in first_known.index
            if officer != other
        ]
    return pd.DataFrame(found, columns=["officer_id", case_id, "known_on"])


@pytest.fixture(scope="module")
def sample(line: Line, events: dict[str, Rows]) -> list[tuple[str, dt.date]]:
    """Officers and as-of dates: some at random, and some for each table whose officers are few."""
    served = line.features.index.to_frame(index=False)
    picks = [served.sample(24, random_state=1)]
    for number, table in enumerate(events.values()):
        picks.append(served[served.officer_id.isin(table.officer_id)].sample(1, random_state=number))
    return [*dict.fromkeys(pd.concat(picks).itertuples(index=False, name=None))]


def split_name(feature: str) -> tuple[str, str]:
    """Measure with its family, and window or kind."""
    match = NAME.fullmatch(feature)
    assert match, feature
    return match["measure"], match["what"]


def months_before(date: dt.date, months: int) -> dt.date:
    return (pd.Timestamp(date) - pd.DateOffset(months=months)).date()


def find_known(own: dict[str, Rows], measure: Measure, as_of: dt.date) -> Rows:
    """The officer's own rows that the measure is about, as far as they were known before the as-of date."""
    rows = own[measure.table]
    rows = rows[rows[measure.known].notna()]
    rows = rows[(rows[measure.known] < as_of).astype(bool)]
    return rows[np.asarray(measure.where(rows), dtype=bool)]


def recompute(rows: Rows, measure: Measure, what: str, as_of: dt.date) -> float | None:
    """The value of a feature of the measure: a window, the trend, or the days since the last."""
    days = rows[measure.known]

    def within(start: dt.date, end: dt.date) -> float:
        chosen = rows[((days >= start) & (days < end)).astype(bool)]
        return float(measure.add_up(chosen).sum()) if measure.add_up else float(len(chosen))

    if what == "days_since":
        return float((as_of - days.max()).days) if len(rows) else None
    if what == "trend":
        a_year_ago = months_before(as_of, 12)
        return within(a_year_ago, as_of) - within(months_before(as_of, 24), a_year_ago)
    months = WINDOWS[what]
    return within(months_before(as_of, months) if months else dt.date.min, as_of)


def test_event_features_are_what_their_labels_say(
    line: Line, events: dict[str, Rows], sample: list[tuple[str, dt.date]]
) -> None:
    features: dict[str, list[str]] = {}
    for name in line.names(*EVENT_FAMILIES):
        measure_name, what = split_name(name)
        features.setdefault(measure_name, []).append(what)
    assert len(sample) >= 40
    assert set(MEASURES) == set(features)
    wrong, different_from_zero = [], set()
    for officer_id, as_of in sample:
        row = line.features.loc[(officer_id, as_of)]
        own = {table: rows[rows.officer_id == officer_id] for table, rows in events.items()}
        for name, measure in MEASURES.items():
            rows = find_known(own, measure, as_of)
            for what in features[name]:
                expected, found = recompute(rows, measure, what, as_of), row[f"{name}_{what}"]
                if found != expected and not (expected is None and pd.isna(found)):
                    wrong.append((f"{name}_{what}", officer_id, as_of, found, expected))
                if expected:
                    different_from_zero.add(name.split("_")[0])
    assert not wrong, wrong[:20]
    assert different_from_zero == EVENT_FAMILIES  # a family of zeros would prove nothing


def test_rates_are_numerator_over_denominator(line: Line) -> None:
    rows = line.features.xs(dt.date(2024, 7, 1), level="as_of_date")
    names = line.names("rates")
    assert set(RATES) == {split_name(name)[0] for name in names}
    for name in names:
        measure, window = name.rsplit("_", 1)
        rate = RATES[measure]
        numerator, denominator = rows[f"{rate.numerator}_{window}"], rows[f"{rate.denominator}_{window}"]
        usual = numerator.sum() / denominator.sum()
        expected = rate.per * (numerator + rate.shrink * usual) / (denominator + rate.shrink)
        np.testing.assert_allclose(rows[name].astype(float), expected, rtol=1e-5, err_msg=name)


def test_standing_is_among_peers_and_in_the_unit(line: Line) -> None:
    as_of = dt.date(2024, 7, 1)
    cohort = line.read(f"select * from features.officer_cohort where as_of_date = '{as_of}'").set_index("officer_id")
    rows = line.features.xs(as_of, level="as_of_date").loc[cohort.index]
    assert line.names("peers")
    assert line.names("unit")
    for name in line.names("peers"):
        groups = rows[name.removeprefix("peers_")].groupby(cohort.peer_group)
        others = groups.transform("size") - 1
        expected = ((groups.rank(method="min") - 1) / others.where(others > 0)).fillna(0)
        np.testing.assert_allclose(rows[name].astype(float), expected, rtol=1e-5, err_msg=name)
    for name in line.names("unit"):
        values = rows[name.removeprefix("unit_")]
        units = values.groupby(cohort.unit_id, dropna=False)
        others = units.transform("size") - 1
        expected = (units.transform("sum") - values) / others.where(others > 0)
        np.testing.assert_allclose(rows[name].astype(float), expected.astype(float), rtol=1e-5, err_msg=name)


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
        conditions += [f"{windows[0]} < 0"]
    assert count_rows(line, conditions) == {}


def test_what_ever_happened_is_never_forgotten(line: Line) -> None:
    ever = [name for name in line.names(*EVENT_FAMILIES) if name.endswith("_ever")]
    before = ", ".join(
        f"{name} - lag({name}) over (partition by officer_id order by as_of_date) as {name}" for name in ever
    )
    source = f"(select {before} from features.officer_features) as changes"
    assert count_rows(line, [f"{name} < 0" for name in ever], source) == {}
