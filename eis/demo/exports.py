"""How the source systems write their records: headers, codes, date formats, identifiers; and their dirt.

Each system has its own style, so that staging has real work: HR writes ISO dates and codes, payroll compact dates, the
dispatch and records systems timestamps and badge numbers, internal affairs American dates, fleet and legal 01-Jan-2020.
departments/demo/README.md lists every kind of dirt, and what staging makes of it.

Belongs here: the look of the files. Does not: what happened (`eis.demo.life`).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
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


def write_events(
    world: World, events: dict[str, Columns], used: Counter[str], random: Random
) -> Iterator[tuple[str, pa.Table]]:
    """The event files' rows for some officers; `used` counts the numbers that each register has given out."""

    def number(register: str, table: Columns) -> Column:
        numbers = used[register] + 1 + np.arange(len(table["officer"]))
        used[register] += len(numbers)
        return numbers

    def employee(table: Columns, prefix: str = "", width: int = 0) -> pa.Array:
        return numbered(world.people["employee"][table["officer"]], prefix, width)

    def badge(table: Columns) -> pa.Array:
        return numbered(world.people["badge"][table["officer"]])

    def incident(register: str, table: Columns, prefix: str) -> pa.Array:
        return numbered(used[register] + 1 + table["incident"], prefix, 8)

    e = events["shifts"]
    yield (
        "payroll_shifts",
        pa.table(
            {
                "TS_ID": numbered(number("shifts", e)),
                "EMPL_ID": employee(e, width=8),
                "WORK_DATE": written_days(e["day"], COMPACT),
                "START_TIME": written_clock(e["starts"]),
                "END_TIME": written_clock(e["ends"]),
                "PAY_CODE": coded(e["kind"], PAY_CODES),
                "REG_HRS": pa.array(e["rostered"] / 60),
                "OT_HRS": pa.array(e["overtime"] / 60),
                "POSTED": written_days(e["known"], COMPACT),
            }
        ),
    )
    e = events["secondary"]
    yield (
        "payroll_secondary_employment",
        pa.table(
            {
                "LINE_ID": numbered(number("secondary", e)),
                "EMPL_ID": employee(e, width=8),
                "WORK_DATE": written_days(e["at"].astype(DAY), COMPACT),
                "HOURS": pa.array(e["hours"]),
                "EMPLOYER_CLASS": coded(e["employer"], ["SEC", "TRF", "EVT", "OTH"]),
                "POSTED": written_days(e["known"], COMPACT),
            }
        ),
    )
    e = events["dispatches"]
    yield (
        "cad_dispatches",
        pa.table(
            {
                "Call Number": incident("calls", e, "C"),
                "Badge": badge(e),
                "Call Type": coded(e["type"], CALL_TYPES),
                "Priority": numbered(e["priority"]),
                "Source": coded(e["is_own"].astype(int), ["911", "SELF"]),
                "Beat": numbered(e["beat"], "", 5),
                "Dispatched At": written_times(e["at"]),
                "Cleared At": written_times(reverse(random, e["at"], e["cleared"])),
                "Archived On": written_days(e["known"]),
            }
        ),
    )
    used["calls"] += next_number(e)
    e = events["arrests"]
    yield (
        "rms_arrests",
        pa.table(
            {
                "Arrest No": incident("arrests", e, "AR"),
                "Officer Badge": badge(e),
                "Charge": coded(e["charge"], CHARGES),
                "Class": coded(e["is_felony"].astype(int), ["M", "F"]),
                "Resisting Only": yes_no(e["is_resisting_only"]),
                "Arrested At": written_times(e["at"], between="T"),
                "Entered On": written_days(e["known"]),
            }
        ),
    )
    first = np.append(True, e["incident"][1:] != e["incident"][:-1])[: len(e["incident"])]
    decided = rows(e, first & ~np.isnat(e["decided"]))
    yield (
        "rms_arrest_dispositions",
        pa.table(
            {
                "Arrest No": incident("arrests", decided, "AR"),
                "Disposition": coded(decided["is_dismissed"].astype(int), ["FILED", "DISMISSED"]),
                "Disposition Date": written_days(decided["decided"]),
            }
        ),
    )
    used["arrests"] += next_number(e)
    e = events["stops"]
    yield (
        "rms_stops",
        pa.table(
            {
                "Stop No": incident("stops", e, "ST"),
                "Officer Badge": badge(e),
                "Stop Type": coded(e["is_traffic"].astype(int), ["PED", "TRAF"]),
                "Reason": coded(e["reason"], STOP_REASONS),
                "Outcome": coded(e["outcome"], STOP_OUTCOMES),
                "Beat": numbered(e["beat"], "", 5),
                "Subject Race": coded(e["subject_race"], PERSON_RACES),
                "Subject Sex": coded(e["subject_is_female"].astype(int), ["M", "F"]),
                "Subject Age": numbered(e["subject_age"]),
                "Searched": yes_no(e["is_searched"]),
                "Contraband": coded(np.where(e["is_searched"], e["is_found"], -1), ["N", "Y"]),
                "Force": yes_no(e["is_force"]),
                "Stopped At": written_times(e["at"], between="T"),
                "Entered On": written_days(e["known"]),
            }
        ),
    )
    used["stops"] += next_number(e)
    e = events["force"]
    yield (
        "rms_force_reports",
        pa.table(
            {
                "Report No": numbered(number("force", e), "UF", 7),
                "Incident No": incident("force_incidents", e, "IN"),
                "Officer Badge": badge(e),
                "Force Code": coded(e["kind"], FORCE_CODES),
                "Resistance": coded(e["resistance"], RESISTANCES),
                "Beat": numbered(e["beat"], "", 5),
                "Location": coded(e["location"], PLACES),
                "Subject Race": coded(e["subject_race"], PERSON_RACES),
                "Subject Sex": coded(e["subject_is_female"].astype(int), ["M", "F"]),
                "Subject Age": numbered(e["subject_age"]),
                "Subject Injured": yes_no(e["subject_hurt"]),
                "Subject Armed": yes_no(e["is_armed"]),
                "Officer Injured": yes_no(e["officer_hurt"]),
                "In Uniform": yes_no(e["in_uniform"]),
                "On Duty": yes_no(e["on_duty"]),
                "Indoors": yes_no(e["is_indoors"]),
                "Occurred At": written_times(e["at"], between="T"),
                "Review Finding": coded(e["finding"], ["WITHIN POLICY", "OUT OF POLICY"]),
                "Review Date": written_days(e["reviewed"]),
                "Submitted On": written_days(e["known"]),
            }
        ),
    )
    used["force_incidents"] += next_number(e)
    e = events["complaints"]
    yield (
        "ia_complaints",
        pa.table(
            {
                "Complaint Number": incident("complaints", e, "IA-"),
                "Source": coded(e["is_citizen"].astype(int), ["Internal", "Citizen"]),
                "Incident Date": written_days(reverse(random, e["received"], e["incident_day"], -9), AMERICAN),
                "Received Date": written_days(e["received"], AMERICAN),
                "Beat": numbered(e["beat"], "", 5),
                "Complainants": numbered(np.where(e["people"] > 0, e["people"], -1)),
                "Complainant Race": coded(np.where(e["people"] > 0, e["race"], -1), PERSON_RACES),
                "Complainant Sex": coded(np.where(e["people"] > 0, e["is_female"], -1), ["Male", "Female"]),
                "Entered Date": written_days(e["known"], AMERICAN),
            }
        ),
    )
    e = events["allegations"]
    yield (
        "ia_allegations",
        pa.table(
            {
                "Allegation ID": numbered(number("allegations", e)),
                "Complaint Number": incident("complaints", e, "IA-"),
                "Employee": employee(e, "E"),
                "Allegation Code": coded(e["category"], ALLEGATIONS),
                "Class": coded(e["is_serious"].astype(int), ["II", "I"]),
                "Finding": coded(e["finding"], FINDINGS),
                "Finding Date": written_days(e["closed"], AMERICAN),
                "Discipline": coded(e["discipline"], DISCIPLINES),
                "Days": numbered(np.where(e["suspension_days"] > 0, e["suspension_days"], -1)),
                "Added Date": written_days(e["known"], AMERICAN),
            }
        ),
    )
    e = events["witnesses"]
    yield (
        "ia_witnesses",
        pa.table(
            {
                "Complaint Number": incident("complaints", e, "IA-"),
                "Employee": employee(e, "E"),
                "Interviewed": written_days(e["known"], AMERICAN),
            }
        ),
    )
    used["complaints"] += next_number(events["complaints"])
    e = events["accidents"]
    yield (
        "fleet_incidents",
        pa.table(
            {
                "INCIDENT_ID": numbered(number("accidents", e), "FL", 6),
                "EMPLOYEE_NO": employee(e),
                "TYPE": coded(e["is_pursuit"].astype(int), ["COLLISION", "PURSUIT"]),
                "INJURY": yes_no(e["has_injury"]),
                "INCIDENT_DATE": written_days(e["at"].astype(DAY), ORACLE),
                "REPORTED_DATE": written_days(e["known"], ORACLE),
                "BOARD_RESULT": coded(e["finding"], ["NON-PREVENTABLE", "PREVENTABLE"]),
                "BOARD_DATE": written_days(e["reviewed"], ORACLE),
            }
        ),
    )
    e = events["injuries"]
    yield (
        "hr_injuries",
        pa.table(
            {
                "claim_no": numbered(number("injuries", e), "WC", 6),
                "employee_no": employee(e),
                "cause": coded(e["cause"], ["ASSAULTED", "ACCIDENT", "TRAINING", "OTHER"]),
                "injury_date": written_days(e["at"].astype(DAY)),
                "return_date": written_days(reverse(random, e["at"].astype(DAY), e["back"])),
                "days_lost": numbered(np.where(np.isnat(e["back"]), -1, e["lost"])),
                "filed_on": written_days(e["known"]),
            }
        ),
    )
    e = events["training"]
    yield (
        "hr_training",
        pa.table(
            {
                "enrolment_no": numbered(number("training", e)),
                "employee_no": employee(e),
                "course_code": coded(e["course"], COURSES),
                "hours": numbered(e["hours"]),
                "result": coded(e["result"], ["FAIL", "PASS"]),
                "completed_date": written_days(e["at"].astype(DAY)),
                "recorded_on": written_days(e["known"]),
            }
        ),
    )
    e = events["commendations"]
    yield (
        "hr_commendations",
        pa.table(
            {
                "award_no": numbered(number("awards", e)),
                "employee_no": employee(e),
                "award_code": coded(e["kind"], ["LIFE", "VALOR", "SERVICE", "LETTER", "OTHER"]),
                "award_date": written_days(e["awarded"]),
                "entered_on": written_days(e["known"]),
            }
        ),
    )
    e = events["claims"]
    yield (
        "legal_claims",
        pa.table(
            {
                "Matter No": numbered(number("claims", e), "CV", 6),
                "Employee No": employee(e),
                "Matter Type": coded(e["type"], ["Excessive Force", "False Arrest", "Search", "Vehicle", "Other"]),
                "Status": coded((e["result"] >= 0).astype(int), ["Open", "Closed"]),
                "Result": coded(e["result"], ["Dismissed", "Settled", "Judgment"]),
                "Amount Paid": numbered(e["paid"]),
                "Filed": written_days(e["filed"], ORACLE),
                "Closed": written_days(e["closed"], ORACLE),
                "Opened In System": written_days(e["known"], ORACLE),
            }
        ),
    )
    e = events["criminal"]
    yield (
        "legal_criminal_matters",
        pa.table(
            {
                "Matter No": numbered(number("criminal", e), "CR", 6),
                "Employee No": employee(e),
                "On Duty": coded(e["type"], ["Yes", "No"]),
                "Result": coded(e["result"], ["Declined", "Acquitted", "Convicted"]),
                "Filed": written_days(e["filed"], ORACLE),
                "Closed": written_days(e["closed"], ORACLE),
                "Opened In System": written_days(e["known"], ORACLE),
            }
        ),
    )
    e = events["alerts"]
    yield (
        "legacy_eis_alerts",
        pa.table(
            {
                "alert_id": numbered(number("alerts", e)),
                "emp": employee(e, width=6),
                "rule": coded(e["rule"], list(ALERT_RULES)),
                "raised": written_days(e["raised"], "%Y/%m/%d"),
                "disposition": coded(
                    np.where(np.isnat(e["disposed"]), -1, e["disposition"]),
                    ["NO ACTION", "COUNSEL", "TRAIN", "MONITOR"],
                ),
                "disposed": written_days(e["disposed"], "%Y/%m/%d"),
                "created": written_days(e["known"], "%Y/%m/%d"),
            }
        ),
    )
    e = events["interventions"]
    yield (
        "eis_interventions",
        pa.table(
            {
                "intervention_id": numbered(number("interventions", e)),
                "employee_no": employee(e),
                "kind": coded(e["kind"], ["counselling", "training", "peer support", "reassignment", "other"]),
                "prompted_by": coded(e["prompted"], ["alert", "supervisor", "self"]),
                "outcome": coded(np.where(np.isnat(e["ended"]), -1, e["is_completed"]), ["stopped", "completed"]),
                "started_on": written_days(e["started"]),
                "ended_on": written_days(e["ended"]),
                "entered_on": written_days(e["known"]),
            }
        ),
    )


def next_number(table: Columns) -> int:
    """How many incident numbers a chunk has used."""
    return int(table["incident"].max()) + 1 if len(table["incident"]) else 0


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
