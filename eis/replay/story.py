"""What happens in which month of the replayed year, and the settings of its department.

Belongs here: the story. Does not: playing it (`play`).

Names of people and reasons are made up. The department is the demo of `departments/demo`, smaller, with one outcome to
learn, and with a policy in which a person approves.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

OFFICERS = 300

CHIEF, SERGEANT = "eis_chief_okafor", "eis_sgt_rivera"
PEOPLE = {CHIEF: "eis_command", SERGEANT: "eis_supervisor"}

# Trained on the first of July of each year, the day of the first test date.
DEPARTMENT: dict[str, Any] = {
    "title": "Demo Police Department (a replayed year)",
    "labels": {"horizons_months": [12]},
    "backtest": {"train_every_months": 6, "test_dates": {"adverse": ["2021-07-01", "2022-07-01"]}},
}
POLICY: dict[str, Any] = {
    "approval": "manual",
    "lists": {"capacity": 15},
    # A list a month, of the same officers: the usual bounds of the index are meant for that.
    "publication": {"drift": {"max_score_psi": 0.25}},
    "retraining": {"due_score_psi": 0.1},
}

# In the middle of April the complaint desk opens a web form, and enters what it had settled at the counter. The next
# two deliveries hold these as complaints; then the desk delivers them apart.
WEB_FORM = """
insert into raw.ia_complaints (
    _row, complaint_number, source, incident_date, received_date, beat, complainants, complainant_race, complainant_sex,
    entered_date
)
select 900000 + n, 'IA-9' || lpad(cast(n as text), 7, '0'), 'Citizen', day, day, null, '1', null, null, day
from (select row_number() over (order by employee_no) as n from raw.hr_employees where last_day is null) as officers
cross join (select '04/15/2025' as day) as entered
where n % 10 < 7;

insert into raw.ia_allegations (
    _row, allegation_id, complaint_number, employee, allegation_code, class, finding, finding_date, discipline, days,
    added_date
)
select
    900000 + n, cast(900000 + n as text), 'IA-9' || lpad(cast(n as text), 7, '0'), 'E' || employee_no, 'P08', 'II',
    null, null, null, null, '04/15/2025'
from (
    select employee_no, row_number() over (order by employee_no) as n from raw.hr_employees where last_day is null
) as officers
where n % 10 < 7;
"""
# Payroll posts every other Saturday, so that two or three postings are a month's.
NO_AUGUST = "delete from raw.payroll_shifts where posted >= '20250801'"


@dataclass(frozen=True)
class Act:
    """What a person does with a model, as themselves: the one that was trained last, or the one before it."""

    who: str
    does: Literal["approve", "retire"]
    why: str
    to_the_one_before: bool = False


@dataclass(frozen=True)
class Month:
    """A month of the year, by its as-of date."""

    as_of: dt.date
    story: str
    spoils: str = ""  # SQL on the raw tables from which the delivery is written
    cuts: str = ""  # raw table whose file arrives cut in the middle
    is_mended: bool = False  # a good delivery follows in the same month
    learns: bool = False  # the whole line, learning included; otherwise the month is scored by the model in force
    before: tuple[Act, ...] = ()
    after: tuple[Act, ...] = ()
    is_reviewed: bool = False  # the sergeant reviews the listed officers of the own units


YEAR = (
    Month(
        dt.date(2025, 1, 1),
        "The first run. Nobody has approved the model; then the chief does.",
        learns=True,
        after=(Act(CHIEF, "approve", "Backtest and fairness audit read with the union; better than our counts"),),
    ),
    Month(dt.date(2025, 2, 1), "An ordinary month: the sergeant reviews the list.", is_reviewed=True),
    Month(dt.date(2025, 3, 1), "Internal affairs delivers a file that is cut in the middle.", cuts="ia_allegations"),
    Month(dt.date(2025, 4, 1), "The files are whole again.", is_reviewed=True),
    Month(dt.date(2025, 5, 1), "A web form floods the complaints: the scores drift.", spoils=WEB_FORM),
    Month(dt.date(2025, 6, 1), "The form's complaints are still in; April's list has expired.", spoils=WEB_FORM),
    Month(
        dt.date(2025, 7, 1),
        "The form is delivered apart. The model is trained anew; the chief approves it and retires the old one.",
        learns=True,
        after=(
            Act(CHIEF, "approve", "Trained on a year more; backtest read, fairness as before"),
            Act(CHIEF, "retire", "Replaced by the model of July 2025", to_the_one_before=True),
        ),
    ),
    Month(dt.date(2025, 8, 1), "An ordinary month.", is_reviewed=True),
    Month(
        dt.date(2025, 9, 1),
        "Payroll leaves August out, and delivers it a week later.",
        spoils=NO_AUGUST,
        is_mended=True,
    ),
    Month(
        dt.date(2025, 10, 1),
        "The chief retires the model while a complaint about it is looked into.",
        before=(
            Act(CHIEF, "retire", "The union asks how night shifts count; nothing is published until that is clear"),
        ),
    ),
    Month(
        dt.date(2025, 11, 1),
        "The complaint is answered; the chief approves the model again.",
        before=(
            Act(CHIEF, "approve", "Night shifts were looked into with the union; nothing speaks against the model"),
        ),
    ),
    Month(dt.date(2025, 12, 1), "An ordinary month.", is_reviewed=True),
)
