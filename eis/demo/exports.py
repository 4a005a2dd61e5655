"""How the source systems write their records: headers, codes, date formats, identifiers; and their dirt.

Each system has its own style, so that staging has real work: HR writes ISO dates and codes, payroll compact dates, the
dispatch and records systems timestamps and badge numbers, internal affairs American dates, fleet and legal 01-Jan-2020.
departments/demo/README.md lists every kind of dirt, and what staging makes of it.

Belongs here: the look of the files. Does not: what happened (`eis.demo.life`).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from eis.demo.columns import (
    DAY,
    Column,
    Columns,
    Random,
    before,
    coded,
    days_between,
    numbered,
    rows,
    stack,
    written_days,
    written_times,
    yes_no,
)
from eis.demo.life import ALERT_RULES
from eis.demo.world import EDUCATIONS, RACES, RANKS, UNIT_TYPES, World

AMERICAN, COMPACT, ORACLE = "%m/%d/%Y", "%Y%m%d", "%d-%b-%Y"
PERSON_RACES = ["WHITE", "BLACK", "HISPANIC", "ASIAN", "OTHER"]
BUREAUS = [
    "Bureau of Patrol",
    "Bureau of Investigation",
    "Special Operations",
    "Support Services",
    "Office of the Chief",
]
COURSES = ["FIREARMS", "CIT", "DEESC", "EVOC", "LAW", "WELL", "MISC"]
PAY_CODES = ["REG", "VAC", "SICK", "OTH", "SUSP"]
CALL_TYPES = [
    *["SUICIDE ATT", "CHILD ABUSE", "DOMESTIC", "DEATH INV", "ASSAULT IP", "SHOTS FIRED"],
    *["DISTURBANCE", "THEFT RPT", "ALARM", "ACCIDENT", "WELFARE CHK", "TRAFFIC STOP", "SUSP PERSON"],
]
CHARGES = ["VIOL", "PROP", "NARC", "WEAP", "TRAF", "DISO", "WARR", "OTHR"]
STOP_REASONS = [
    *["SPEEDING", "EQUIPMENT", "MOVING VIOL", "REGISTRATION", "SEATBELT"],
    *["SUSP BEHAVIOR", "MATCHES DESC", "CALL RELATED", "CURFEW"],
]
STOP_OUTCOMES = ["NONE", "WARN", "CITE", "ARREST"]
FORCE_CODES = ["VERB", "HOLD", "TAKEDOWN", "STRIKE", "OC", "CEW", "BATON", "FIREARM", "OTHER"]
RESISTANCES = ["NONE", "PASSIVE", "ACTIVE", "ASSAULT", "DEADLY"]
PLACES = ["STREET", "RESIDENCE", "BUSINESS", "VEHICLE", "OTHER"]
FINDINGS = ["Sustained", "Not Sustained", "Exonerated", "Unfounded", "Withdrawn", "Admin Closed"]
DISCIPLINES = ["None", "Written Reprimand", "Suspension", "Termination", "Other"]
# Force, search, arrest, verbal, bias, off duty, neglect, administrative, drugs, criminal, supervision, vehicle, other.
ALLEGATIONS = ["F01", "S02", "A03", "V04", "B05", "O06", "N07", "P08", "D09", "C10", "L11", "T12", "Z99"]


@dataclass(frozen=True)
class Dirt:
    """Where the dirt of one file falls: odd codes, bad dates, unknown officers, repeated rows."""

    codes: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    bad_dates: tuple[str, ...] = ("2031-02-30", "1900-01-01")
    officer: str | None = None
    duplicates: float = 0.0015


BAD_AMERICAN = ("02/30/2031", "01/01/1900", "00/00/0000")
BAD_ORACLE = ("30-Feb-2031", "01-Jan-1900")
BAD_TIMES = ("2031-02-30 00:00:00", "1900-01-01 00:00:00")
DIRT = {
    "hr_employees": Dirt(codes=("race", "sex", "education"), dates=("birth_date",), duplicates=0.003),
    "hr_assignments": Dirt(codes=("unit_class",)),
    "hr_ranks": Dirt(codes=("rank_title",)),
    "hr_training": Dirt(codes=("course_code",), officer="employee_no"),
    "hr_commendations": Dirt(officer="employee_no"),
    "hr_injuries": Dirt(codes=("cause",)),
    "payroll_shifts": Dirt(
        codes=("PAY_CODE",), dates=("WORK_DATE",), bad_dates=("20310230", "19000101"), officer="EMPL_ID"
    ),
    "payroll_secondary_employment": Dirt(codes=("EMPLOYER_CLASS",), officer="EMPL_ID"),
    "cad_dispatches": Dirt(codes=("Call Type",), dates=("Dispatched At",), bad_dates=BAD_TIMES, officer="Badge"),
    "rms_arrests": Dirt(codes=("Charge",), dates=("Arrested At",), bad_dates=BAD_TIMES, officer="Officer Badge"),
    "rms_arrest_dispositions": Dirt(codes=("Disposition",)),
    "rms_stops": Dirt(
        codes=("Reason", "Subject Race"), dates=("Stopped At",), bad_dates=BAD_TIMES, officer="Officer Badge"
    ),
    "rms_force_reports": Dirt(
        codes=("Force Code", "Resistance"), dates=("Occurred At",), bad_dates=BAD_TIMES, officer="Officer Badge"
    ),
    "ia_complaints": Dirt(codes=("Source",), dates=("Incident Date",), bad_dates=BAD_AMERICAN),
    "ia_allegations": Dirt(codes=("Allegation Code", "Finding"), officer="Employee"),
    "ia_witnesses": Dirt(officer="Employee"),
    "fleet_incidents": Dirt(codes=("TYPE",), dates=("INCIDENT_DATE",), bad_dates=BAD_ORACLE, officer="EMPLOYEE_NO"),
    "legal_claims": Dirt(codes=("Matter Type",)),
    "legal_criminal_matters": Dirt(),
    "legacy_eis_alerts": Dirt(codes=("disposition",)),
    "eis_interventions": Dirt(codes=("kind",)),
}
ODD_SPELLING, UNKNOWN_CODE, BAD_DATE, UNKNOWN_OFFICER = 0.002, 0.0005, 0.0005, 0.0007


def write_personnel(world: World, random: Random) -> Iterator[tuple[str, pa.Table]]:
    """The HR files that describe the whole department at once."""
    yield "hr_employees", write_employees(world, random)
    yield "hr_assignments", write_assignments(world, random)
    ranks = rows(world.ranks, world.ranks["entered"] < world.until)
    yield (
        "hr_ranks",
        pa.table(
            {
                "step_no": numbered(np.arange(len(ranks["officer"])) + 1),
                "employee_no": numbered(world.people["employee"][ranks["officer"]]),
                "rank_title": coded(ranks["rank"], RANKS),
                "pay_grade": numbered(ranks["grade"], "P", 2),
                "annual_salary": numbered(ranks["salary"]),
                "effective_date": written_days(ranks["effective"]),
                "entered_on": written_days(ranks["entered"]),
            }
        ),
    )


def write_employees(world: World, random: Random) -> pa.Table:
    """One row per employee; a few who left before the system was introduced have no separation date."""
    people = world.people | {"is_old": np.zeros(len(world.people["hired"]), dtype=bool)}
    old = rows(people, random.choice(len(people["hired"]), max(1, len(people["hired"]) // 300), replace=False))
    old["employee"] = people["employee"].max() + 1 + np.arange(len(old["employee"]))
    old["badge"] = people["badge"].max() + 1 + np.arange(len(old["badge"]))
    shift = (old["hired"] - (world.start - 365 * 20)).astype("timedelta64[D]")
    old |= {"hired": old["hired"] - shift, "created": old["created"] - shift, "born": old["born"] - shift}
    old |= {"left": np.full(len(shift), np.datetime64("NaT")), "is_old": np.ones(len(shift), dtype=bool)}
    people = stack([people, old])
    people = rows(people, np.argsort(people["employee"]))
    return pa.table(
        {
            "employee_no": numbered(people["employee"]),
            "badge_no": numbered(people["badge"]),
            "birth_date": written_days(people["born"]),
            "race": coded(people["race"], RACES),
            "sex": coded(people["is_female"].astype(int), ["M", "F"]),
            "education": coded(people["education"], EDUCATIONS),
            "military": coded(np.where(people["military"] == 2, -1, people["military"]), ["N", "Y"]),
            "hire_date": written_days(people["hired"]),
            "last_day": written_days(people["left"] - 1),
            "status": coded((~np.isnat(people["left"]) | people["is_old"]).astype(int), ["ACTIVE", "SEPARATED"]),
            "record_created": written_days(people["created"]),
        }
    )


def write_assignments(world: World, random: Random) -> pa.Table:
    """One row per order; the last day is inclusive, and a withdrawn order ends before it starts."""
    kept = rows(world.assignments, world.assignments["entered"] < world.until)
    kept["last_day"] = before(kept["to"], world.until) - 1
    withdrawn = rows(kept, random.choice(len(kept["officer"]), max(1, len(kept["officer"]) // 250), replace=False))
    withdrawn["from"] = before(withdrawn["from"] + 60, world.until)
    withdrawn["last_day"] = withdrawn["from"] - 1
    withdrawn["entered"] = withdrawn["from"] - days_between(random, len(withdrawn["from"]), 2, 12)
    withdrawn = rows(withdrawn, ~np.isnat(withdrawn["from"]))
    orders = stack([kept, withdrawn])
    orders = rows(orders, np.argsort(orders["entered"], kind="stable"))
    unit, supervisor = orders["unit"], orders["supervisor"]
    employee = world.people["employee"]
    return pa.table(
        {
            "order_no": numbered(np.arange(len(unit)) + 1, "PO-", 7),
            "employee_no": numbered(employee[orders["officer"]]),
            "unit_code": numbered(unit, "", 3),
            "unit_name": coded(unit, world.unit_names),
            "unit_class": coded(world.units["type"][unit], UNIT_TYPES),
            "bureau": coded(world.units["type"][unit], BUREAUS),
            "watch": numbered(orders["watch"] + 1),
            "beat": numbered(orders["beat"], "", 5),
            "supervisor_employee_no": numbered(np.where(supervisor >= 0, employee[supervisor], -1)),
            "start_date": written_days(orders["from"]),
            "end_date": written_days(orders["last_day"]),
            "entered_on": written_days(orders["entered"]),
        }
    )


@dataclass(frozen=True)
class Numbers:
    """The numbers of people, and those that each register has given out."""

    people: Columns
    used: Counter[str] = field(default_factory=Counter)

    def of_employee(self, table: Columns, prefix: str = "", width: int = 0) -> pa.Array:
        """The employee number of each row's officer."""
        return numbered(self.people["employee"][table["officer"]], prefix, width)

    def of_badge(self, table: Columns) -> pa.Array:
        """The badge number of each row's officer."""
        return numbered(self.people["badge"][table["officer"]])

    def of_incident(self, register: str, table: Columns, prefix: str) -> pa.Array:
        """The number of each row's incident, the same in all files about it; `close` counts them as given out."""
        return numbered(self.used[register] + 1 + table["incident"], prefix, 8)

    def give(self, register: str, table: Columns, prefix: str = "", width: int = 0) -> pa.Array:
        """A number of its own for each row."""
        numbers = self.used[register] + 1 + np.arange(len(table["officer"]))
        self.used[register] += len(numbers)
        return numbered(numbers, prefix, width)

    def close(self, register: str, table: Columns) -> None:
        """Go on after the incidents of these rows."""
        self.used[register] += int(table["incident"].max()) + 1 if len(table["incident"]) else 0


def write_events(numbers: Numbers, events: dict[str, Columns], random: Random) -> Iterator[tuple[str, pa.Table]]:
    """The event files' rows for some officers. The order decides which random numbers each file gets."""
    yield "payroll_shifts", write_shifts(numbers, events["shifts"])
    yield "payroll_secondary_employment", write_secondary_employment(numbers, events["secondary"])
    yield "cad_dispatches", write_dispatches(numbers, events["dispatches"], random)
    numbers.close("calls", events["dispatches"])
    yield "rms_arrests", write_arrests(numbers, events["arrests"])
    yield "rms_arrest_dispositions", write_arrest_dispositions(numbers, events["arrests"])
    numbers.close("arrests", events["arrests"])
    yield "rms_stops", write_stops(numbers, events["stops"])
    numbers.close("stops", events["stops"])
    yield "rms_force_reports", write_force_reports(numbers, events["force"])
    numbers.close("force_incidents", events["force"])
    yield "ia_complaints", write_complaints(numbers, events["complaints"], random)
    yield "ia_allegations", write_allegations(numbers, events["allegations"])
    yield "ia_witnesses", write_witnesses(numbers, events["witnesses"])
    numbers.close("complaints", events["complaints"])
    yield "fleet_incidents", write_fleet_incidents(numbers, events["accidents"])
    yield "hr_injuries", write_injuries(numbers, events["injuries"], random)
    yield "hr_training", write_training(numbers, events["training"])
    yield "hr_commendations", write_commendations(numbers, events["commendations"])
    yield "legal_claims", write_claims(numbers, events["claims"])
    yield "legal_criminal_matters", write_criminal_matters(numbers, events["criminal"])
    yield "legacy_eis_alerts", write_alerts(numbers, events["alerts"])
    yield "eis_interventions", write_interventions(numbers, events["interventions"])


def write_shifts(numbers: Numbers, shifts: Columns) -> pa.Table:
    """One row per shift, or day of leave, of the payroll."""
    return pa.table(
        {
            "TS_ID": numbers.give("shifts", shifts),
            "EMPL_ID": numbers.of_employee(shifts, width=8),
            "WORK_DATE": written_days(shifts["day"], COMPACT),
            "START_TIME": written_clock(shifts["starts"]),
            "END_TIME": written_clock(shifts["ends"]),
            "PAY_CODE": coded(shifts["kind"], PAY_CODES),
            "REG_HRS": pa.array(shifts["rostered"] / 60),
            "OT_HRS": pa.array(shifts["overtime"] / 60),
            "POSTED": written_days(shifts["known"], COMPACT),
        }
    )


def write_secondary_employment(numbers: Numbers, jobs: Columns) -> pa.Table:
    """One row per day of outside work."""
    return pa.table(
        {
            "LINE_ID": numbers.give("secondary", jobs),
            "EMPL_ID": numbers.of_employee(jobs, width=8),
            "WORK_DATE": written_days(jobs["at"].astype(DAY), COMPACT),
            "HOURS": pa.array(jobs["hours"]),
            "EMPLOYER_CLASS": coded(jobs["employer"], ["SEC", "TRF", "EVT", "OTH"]),
            "POSTED": written_days(jobs["known"], COMPACT),
        }
    )


def write_dispatches(numbers: Numbers, calls: Columns, random: Random) -> pa.Table:
    """One row per call and officer; a few are cleared before they were dispatched."""
    return pa.table(
        {
            "Call Number": numbers.of_incident("calls", calls, "C"),
            "Badge": numbers.of_badge(calls),
            "Call Type": coded(calls["type"], CALL_TYPES),
            "Priority": numbered(calls["priority"]),
            "Source": coded(calls["is_own"].astype(int), ["911", "SELF"]),
            "Beat": numbered(calls["beat"], "", 5),
            "Dispatched At": written_times(calls["at"]),
            "Cleared At": written_times(reverse(random, calls["at"], calls["cleared"])),
            "Archived On": written_days(calls["known"]),
        }
    )


def write_arrests(numbers: Numbers, arrests: Columns) -> pa.Table:
    """One row per arrest and officer."""
    return pa.table(
        {
            "Arrest No": numbers.of_incident("arrests", arrests, "AR"),
            "Officer Badge": numbers.of_badge(arrests),
            "Charge": coded(arrests["charge"], CHARGES),
            "Class": coded(arrests["is_felony"].astype(int), ["M", "F"]),
            "Resisting Only": yes_no(arrests["is_resisting_only"]),
            "Arrested At": written_times(arrests["at"], between="T"),
            "Entered On": written_days(arrests["known"]),
        }
    )


def write_arrest_dispositions(numbers: Numbers, arrests: Columns) -> pa.Table:
    """One row per arrest that the court has decided."""
    first = np.append(True, arrests["incident"][1:] != arrests["incident"][:-1])[: len(arrests["incident"])]
    decided = rows(arrests, first & ~np.isnat(arrests["decided"]))
    return pa.table(
        {
            "Arrest No": numbers.of_incident("arrests", decided, "AR"),
            "Disposition": coded(decided["is_dismissed"].astype(int), ["FILED", "DISMISSED"]),
            "Disposition Date": written_days(decided["decided"]),
        }
    )


def write_stops(numbers: Numbers, stops: Columns) -> pa.Table:
    """One row per stop and officer."""
    return pa.table(
        {
            "Stop No": numbers.of_incident("stops", stops, "ST"),
            "Officer Badge": numbers.of_badge(stops),
            "Stop Type": coded(stops["is_traffic"].astype(int), ["PED", "TRAF"]),
            "Reason": coded(stops["reason"], STOP_REASONS),
            "Outcome": coded(stops["outcome"], STOP_OUTCOMES),
            "Beat": numbered(stops["beat"], "", 5),
            "Subject Race": coded(stops["subject_race"], PERSON_RACES),
            "Subject Sex": coded(stops["subject_is_female"].astype(int), ["M", "F"]),
            "Subject Age": numbered(stops["subject_age"]),
            "Searched": yes_no(stops["is_searched"]),
            "Contraband": coded(np.where(stops["is_searched"], stops["is_found"], -1), ["N", "Y"]),
            "Force": yes_no(stops["is_force"]),
            "Stopped At": written_times(stops["at"], between="T"),
            "Entered On": written_days(stops["known"]),
        }
    )


def write_force_reports(numbers: Numbers, reports: Columns) -> pa.Table:
    """One row per report: an officer's of an incident."""
    return pa.table(
        {
            "Report No": numbers.give("force", reports, "UF", 7),
            "Incident No": numbers.of_incident("force_incidents", reports, "IN"),
            "Officer Badge": numbers.of_badge(reports),
            "Force Code": coded(reports["kind"], FORCE_CODES),
            "Resistance": coded(reports["resistance"], RESISTANCES),
            "Beat": numbered(reports["beat"], "", 5),
            "Location": coded(reports["location"], PLACES),
            "Subject Race": coded(reports["subject_race"], PERSON_RACES),
            "Subject Sex": coded(reports["subject_is_female"].astype(int), ["M", "F"]),
            "Subject Age": numbered(reports["subject_age"]),
            "Subject Injured": yes_no(reports["subject_hurt"]),
            "Subject Armed": yes_no(reports["is_armed"]),
            "Officer Injured": yes_no(reports["officer_hurt"]),
            "In Uniform": yes_no(reports["in_uniform"]),
            "On Duty": yes_no(reports["on_duty"]),
            "Indoors": yes_no(reports["is_indoors"]),
            "Occurred At": written_times(reports["at"], between="T"),
            "Review Finding": coded(reports["finding"], ["WITHIN POLICY", "OUT OF POLICY"]),
            "Review Date": written_days(reports["reviewed"]),
            "Submitted On": written_days(reports["known"]),
        }
    )


def write_complaints(numbers: Numbers, complaints: Columns, random: Random) -> pa.Table:
    """One row per complaint; a few are about a day after they were received."""
    return pa.table(
        {
            "Complaint Number": numbers.of_incident("complaints", complaints, "IA-"),
            "Source": coded(complaints["is_citizen"].astype(int), ["Internal", "Citizen"]),
            "Incident Date": written_days(
                reverse(random, complaints["received"], complaints["incident_day"], -9), AMERICAN
            ),
            "Received Date": written_days(complaints["received"], AMERICAN),
            "Beat": numbered(complaints["beat"], "", 5),
            "Complainants": numbered(np.where(complaints["people"] > 0, complaints["people"], -1)),
            "Complainant Race": coded(np.where(complaints["people"] > 0, complaints["race"], -1), PERSON_RACES),
            "Complainant Sex": coded(
                np.where(complaints["people"] > 0, complaints["is_female"], -1), ["Male", "Female"]
            ),
            "Entered Date": written_days(complaints["known"], AMERICAN),
        }
    )


def write_allegations(numbers: Numbers, allegations: Columns) -> pa.Table:
    """One row per allegation against an officer."""
    return pa.table(
        {
            "Allegation ID": numbers.give("allegations", allegations),
            "Complaint Number": numbers.of_incident("complaints", allegations, "IA-"),
            "Employee": numbers.of_employee(allegations, "E"),
            "Allegation Code": coded(allegations["category"], ALLEGATIONS),
            "Class": coded(allegations["is_serious"].astype(int), ["II", "I"]),
            "Finding": coded(allegations["finding"], FINDINGS),
            "Finding Date": written_days(allegations["closed"], AMERICAN),
            "Discipline": coded(allegations["discipline"], DISCIPLINES),
            "Days": numbered(np.where(allegations["suspension_days"] > 0, allegations["suspension_days"], -1)),
            "Added Date": written_days(allegations["known"], AMERICAN),
        }
    )


def write_witnesses(numbers: Numbers, witnesses: Columns) -> pa.Table:
    """One row per complaint and officer heard."""
    return pa.table(
        {
            "Complaint Number": numbers.of_incident("complaints", witnesses, "IA-"),
            "Employee": numbers.of_employee(witnesses, "E"),
            "Interviewed": written_days(witnesses["known"], AMERICAN),
        }
    )


def write_fleet_incidents(numbers: Numbers, incidents: Columns) -> pa.Table:
    """One row per collision or pursuit."""
    return pa.table(
        {
            "INCIDENT_ID": numbers.give("accidents", incidents, "FL", 6),
            "EMPLOYEE_NO": numbers.of_employee(incidents),
            "TYPE": coded(incidents["is_pursuit"].astype(int), ["COLLISION", "PURSUIT"]),
            "INJURY": yes_no(incidents["has_injury"]),
            "INCIDENT_DATE": written_days(incidents["at"].astype(DAY), ORACLE),
            "REPORTED_DATE": written_days(incidents["known"], ORACLE),
            "BOARD_RESULT": coded(incidents["finding"], ["NON-PREVENTABLE", "PREVENTABLE"]),
            "BOARD_DATE": written_days(incidents["reviewed"], ORACLE),
        }
    )


def write_injuries(numbers: Numbers, injuries: Columns, random: Random) -> pa.Table:
    """One row per injury on duty; a few return before they were hurt."""
    return pa.table(
        {
            "claim_no": numbers.give("injuries", injuries, "WC", 6),
            "employee_no": numbers.of_employee(injuries),
            "cause": coded(injuries["cause"], ["ASSAULTED", "ACCIDENT", "TRAINING", "OTHER"]),
            "injury_date": written_days(injuries["at"].astype(DAY)),
            "return_date": written_days(reverse(random, injuries["at"].astype(DAY), injuries["back"])),
            "days_lost": numbered(np.where(np.isnat(injuries["back"]), -1, injuries["lost"])),
            "filed_on": written_days(injuries["known"]),
        }
    )


def write_training(numbers: Numbers, courses: Columns) -> pa.Table:
    """One row per course taken."""
    return pa.table(
        {
            "enrolment_no": numbers.give("training", courses),
            "employee_no": numbers.of_employee(courses),
            "course_code": coded(courses["course"], COURSES),
            "hours": numbered(courses["hours"]),
            "result": coded(courses["result"], ["FAIL", "PASS"]),
            "completed_date": written_days(courses["at"].astype(DAY)),
            "recorded_on": written_days(courses["known"]),
        }
    )


def write_commendations(numbers: Numbers, awards: Columns) -> pa.Table:
    """One row per award."""
    return pa.table(
        {
            "award_no": numbers.give("awards", awards),
            "employee_no": numbers.of_employee(awards),
            "award_code": coded(awards["kind"], ["LIFE", "VALOR", "SERVICE", "LETTER", "OTHER"]),
            "award_date": written_days(awards["awarded"]),
            "entered_on": written_days(awards["known"]),
        }
    )


def write_claims(numbers: Numbers, claims: Columns) -> pa.Table:
    """One row per civil claim and officer."""
    return pa.table(
        {
            "Matter No": numbers.give("claims", claims, "CV", 6),
            "Employee No": numbers.of_employee(claims),
            "Matter Type": coded(claims["type"], ["Excessive Force", "False Arrest", "Search", "Vehicle", "Other"]),
            "Status": coded((claims["result"] >= 0).astype(int), ["Open", "Closed"]),
            "Result": coded(claims["result"], ["Dismissed", "Settled", "Judgment"]),
            "Amount Paid": numbered(claims["paid"]),
            "Filed": written_days(claims["filed"], ORACLE),
            "Closed": written_days(claims["closed"], ORACLE),
            "Opened In System": written_days(claims["known"], ORACLE),
        }
    )


def write_criminal_matters(numbers: Numbers, matters: Columns) -> pa.Table:
    """One row per criminal matter against an officer."""
    return pa.table(
        {
            "Matter No": numbers.give("criminal", matters, "CR", 6),
            "Employee No": numbers.of_employee(matters),
            "On Duty": coded(matters["type"], ["Yes", "No"]),
            "Result": coded(matters["result"], ["Declined", "Acquitted", "Convicted"]),
            "Filed": written_days(matters["filed"], ORACLE),
            "Closed": written_days(matters["closed"], ORACLE),
            "Opened In System": written_days(matters["known"], ORACLE),
        }
    )


def write_alerts(numbers: Numbers, alerts: Columns) -> pa.Table:
    """One row per alert of the former system."""
    return pa.table(
        {
            "alert_id": numbers.give("alerts", alerts),
            "emp": numbers.of_employee(alerts, width=6),
            "rule": coded(alerts["rule"], list(ALERT_RULES)),
            "raised": written_days(alerts["raised"], "%Y/%m/%d"),
            "disposition": coded(
                np.where(np.isnat(alerts["disposed"]), -1, alerts["disposition"]),
                ["NO ACTION", "COUNSEL", "TRAIN", "MONITOR"],
            ),
            "disposed": written_days(alerts["disposed"], "%Y/%m/%d"),
            "created": written_days(alerts["known"], "%Y/%m/%d"),
        }
    )


def write_interventions(numbers: Numbers, interventions: Columns) -> pa.Table:
    """One row per intervention."""
    return pa.table(
        {
            "intervention_id": numbers.give("interventions", interventions),
            "employee_no": numbers.of_employee(interventions),
            "kind": coded(interventions["kind"], ["counselling", "training", "peer support", "reassignment", "other"]),
            "prompted_by": coded(interventions["prompted"], ["alert", "supervisor", "self"]),
            "outcome": coded(
                np.where(np.isnat(interventions["ended"]), -1, interventions["is_completed"]), ["stopped", "completed"]
            ),
            "started_on": written_days(interventions["started"]),
            "ended_on": written_days(interventions["ended"]),
            "entered_on": written_days(interventions["known"]),
        }
    )


def written_clock(moments: Column) -> pa.Array:
    """Time of day as 2105; the day is lost, as in the payroll export."""
    minutes = (moments - moments.astype(DAY)).astype(np.int64) // 60
    return coded(minutes, [f"{minute // 60:02}{minute % 60:02}" for minute in range(24 * 60)])


def reverse(random: Random, begins: Column, ends: Column, days: int = 9) -> Column:
    """The ends, a few of them on the wrong side of their beginning."""
    wrong = (random.random(len(ends)) < 0.002) & ~np.isnat(ends)
    return np.where(wrong, begins - np.timedelta64(days, "D"), ends)


def soil(table: pa.Table, dirt: Dirt, random: Random) -> pa.Table:
    """The table with its dirt: odd spellings, unknown codes, impossible dates, unknown officers, repeated rows."""
    for column in dirt.codes:
        table = replace(table, column, ODD_SPELLING, misspell, random)
        table = replace(table, column, UNKNOWN_CODE, partial(fill, ["??"]), random)
    for column in dirt.dates:
        table = replace(table, column, BAD_DATE, partial(fill, dirt.bad_dates), random)
    if dirt.officer:
        table = replace(table, dirt.officer, UNKNOWN_OFFICER, partial(fill, ["0"]), random)
    again = some(table.num_rows, dirt.duplicates, random)
    places = np.concatenate([np.arange(table.num_rows), again + random.integers(1, 500, len(again))])
    return table.take(np.concatenate([np.arange(table.num_rows), again])[np.argsort(places, kind="stable")])


def some(size: int, share: float, random: Random) -> Column:
    """Positions of exactly a share of the rows, rounded down: a small file is clean rather than mostly dirt."""
    return np.sort(random.choice(size, int(size * share), replace=False))


def replace(
    table: pa.Table, column: str, share: float, change: Callable[[pa.Array], pa.Array], random: Random
) -> pa.Table:
    """The table with a share of a column's values changed; blank ones stay blank."""
    old = table[column].combine_chunks()
    chosen = np.zeros(len(old), dtype=bool)
    chosen[some(len(old), share, random)] = True
    mask = pc.and_(pa.array(chosen), pc.is_valid(old))
    new = pc.replace_with_mask(old, mask, change(old.filter(mask)))
    return table.set_column(table.column_names.index(column), column, new)


def misspell(codes: pa.Array) -> pa.Array:
    """Codes in the other case, between blanks."""
    upper = pc.utf8_upper(codes)
    return pc.binary_join_element_wise(" ", pc.if_else(pc.equal(codes, upper), pc.utf8_lower(codes), upper), " ", "")


def fill(values: Sequence[str], codes: pa.Array) -> pa.Array:
    """The given values in turn, in place of the codes."""
    return pa.array(np.resize(np.array(values), len(codes)), pa.string())
