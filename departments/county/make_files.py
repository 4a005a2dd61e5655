"""Raw files of a county sheriff's office that does not exist: `python departments/county/make_files.py FOLDER`.

Another shape than the demo's, on purpose: three files, one table for every kind of entry with up to three deputies in a
row, days written 3/7/2019, a roster that holds today's rank only, and no payroll. The same seed gives the same bytes.
"""

import csv
import datetime as dt
import random
import sys
from collections.abc import Iterable
from pathlib import Path

SEED = 11
DEPUTIES = 120
FIRST, END = dt.date(2016, 1, 1), dt.date(2025, 1, 1)

POSTS = {  # kind of post, and how often each deputy there has an entry, in a month
    "Patrol North": ("PATROL", 0.06),
    "Patrol South": ("PATROL", 0.08),
    "Detention": ("JAIL", 0.05),
    "Courts & Transport": ("COURT", 0.02),
    "Detectives": ("DETECT", 0.03),
}
ENTRIES = (  # kind, weight, whether hidden risk drives it
    ("Use of Force", 5, True),
    ("Citizen Complaint", 3, True),
    ("Internal Complaint", 1, True),
    ("Vehicle Accident", 1.5, False),
    ("Pursuit", 0.7, False),
    ("Commendation", 2, False),
)
ALLEGATIONS = (
    "Excessive Force",
    "Rudeness",
    "Improper Search",
    "Neglect of Duty",
    "Off-Duty Conduct",
    "Untruthfulness",
)
FORCE = ("Hands", "OC Spray", "Taser", "Baton", "K-9", "Firearm Discharge")
DISPOSITIONS = {
    "complaint": ("Founded", "Not Founded", "Inconclusive", "Exonerated"),
    "force": ("Within Policy", "Out of Policy"),
    "vehicle": ("Avoidable", "Unavoidable"),
}


def main(folder: Path) -> None:
    """Write the three files."""
    chance = random.Random(SEED)  # noqa: S311
    folder.mkdir(parents=True, exist_ok=True)
    deputies = [make_deputy(number, chance) for number in range(DEPUTIES)]
    postings = [posting for deputy in deputies for posting in make_postings(deputy, chance)]
    write(folder / "Roster.csv", ROSTER, (roster_row(deputy) for deputy in deputies))
    write(folder / "postings.csv", POSTINGS, (posting_row(posting) for posting in postings))
    write(folder / "professional_standards_entries.csv", ENTRY, make_entries(deputies, postings, chance))


def make_deputy(number: int, chance: random.Random) -> dict[str, object]:
    """Somebody with a hidden risk."""
    hired = dt.date(2000, 1, 1) + dt.timedelta(chance.randrange(9_000))
    leaves = max(hired, FIRST) + dt.timedelta(400 + int(chance.expovariate(1 / 9_000)))
    return {
        "star": f"{20011 + number * 7}",
        "name": f"{chance.choice(('Ash', 'Bell', 'Cole', 'Dunn', 'Ely', 'Fox'))}, {chance.choice('ABCDEF')}.",
        "hired": hired,
        "left": leaves if leaves < END else None,
        "born": hired.year - 21 - chance.randrange(14),
        "sex": chance.choice("MMMF"),
        "ethnicity": chance.choice(("White", "White", "Black", "Hispanic", "Asian")),
        "rank": chance.choice(("Deputy", "Deputy", "Deputy", "Corporal", "Sergeant", "Lieutenant")),
        "risk": chance.gammavariate(1.2, 1 / 1.2),
    }


def make_postings(deputy: dict, chance: random.Random) -> Iterable[dict]:
    """Posts one after the other, entered a few days late now and then."""
    start = deputy["hired"]
    until = deputy["left"] or END
    while start < until:
        end = min(until, start + dt.timedelta(300 + chance.randrange(1_500)))
        post = chance.choice(list(POSTS))
        yield {
            "deputy": deputy,
            "post": post,
            "from": start,
            "to": None if end == END else end - dt.timedelta(1),
            "watch": chance.choice("ABC"),
            "entered": start + dt.timedelta(chance.choice((-7, -3, 0, 0, 0, 4))),
        }
        start = end


def make_entries(deputies: list[dict], postings: list[dict], chance: random.Random) -> list[list[str]]:
    """What was entered about whom, month by month: the one table for everything."""
    entries = []
    for posting in postings:
        deputy = posting["deputy"]
        day = max(posting["from"], FIRST)
        last = min(posting["to"] or END, END - dt.timedelta(1))
        while day <= last:
            for kind, weight, is_risky in ENTRIES:
                often = POSTS[posting["post"]][1] * weight / 5 * (deputy["risk"] if is_risky else 1)
                if chance.random() < often:
                    happened = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=chance.randrange(40_000))
                    if happened.date() <= last:
                        others = chance.sample(deputies, 2) if kind in ("Use of Force", "Citizen Complaint") else []
                        there = [o for o in others if chance.random() < 0.2 and serves(o, happened.date())]
                        entries.append(
                            make_entry(kind, happened, [deputy, *(o for o in there if o is not deputy)], chance)
                        )
            day += dt.timedelta(30)
    entries = sorted((entry for entry in entries if entry[0] < END), key=lambda entry: entry[0])
    rows = [[f"BT{40_000 + number}", *entry[1]] for number, entry in enumerate(entries)]
    return [*rows, *rows[: len(rows) // 500]]  # a few rows stand there twice


def serves(deputy: dict, day: dt.date) -> bool:
    """Whether somebody is in service on a day."""
    return deputy["hired"] <= day and (deputy["left"] is None or day < deputy["left"])


def make_entry(kind: str, happened: dt.datetime, deputies: list[dict], chance: random.Random) -> tuple:
    """One row, led by the day of its entry."""
    entered = happened.date() + dt.timedelta(1 + int(chance.expovariate(1 / (20 if "Complaint" in kind else 2))))
    decided = entered + dt.timedelta(20 + int(chance.expovariate(1 / 120)))
    family = "complaint" if "Complaint" in kind else "force" if kind == "Use of Force" else "vehicle"
    has_decision = kind not in ("Commendation", "Pursuit") and decided < END
    weights = (2, 3, 3, 1) if family == "complaint" else (9, 1) if family == "force" else (1, 1)
    disposition = chance.choices(DISPOSITIONS[family], weights)[0] if has_decision else ""
    stars = [f"S-{deputy['star']}" for deputy in deputies] + ["", ""]
    return entered, [
        kind.upper() if chance.random() < 0.002 else kind,
        happened.strftime("%Y-%m-%d %H:%M"),
        american(entered),
        *stars[:3],
        chance.choice(ALLEGATIONS) if family == "complaint" else "",
        chance.choices(FORCE, (9, 3, 3, 1, 1, 0.3))[0] if kind == "Use of Force" else "",
        chance.choice("YN") if kind in ("Use of Force", "Vehicle Accident") else "",
        disposition,
        american(decided) if has_decision else "",
        chance.choice(("Reprimand", "Suspension", "Counseling")) if disposition == "Founded" else "",
        "Free text about what happened, with names in it.",
    ]


ROSTER = ["Star #", "Deputy Name", "Rank", "Hire Date", "Separation Date", "Birth Year", "Gender", "Ethnicity"]
POSTINGS = ["Star", "Post", "Post Kind", "Watch", "From", "Through", "Date Entered"]
ENTRY = [
    "Entry #", "Entry Type", "Occurred", "Date Entered", "Deputy 1", "Deputy 2", "Deputy 3", "Allegation", "Force Used",
    "Injury", "Disposition", "Disposition Date", "Action Taken", "Narrative",
]  # fmt: skip


def roster_row(deputy: dict) -> list[str]:
    """One line of the roster."""
    days = [american(deputy["hired"]), american(deputy["left"])]
    return [
        deputy["star"],
        deputy["name"],
        deputy["rank"],
        *days,
        str(deputy["born"]),
        deputy["sex"],
        deputy["ethnicity"],
    ]


def posting_row(posting: dict) -> list[str]:
    """One line of the postings."""
    days = [american(posting["from"]), american(posting["to"]), american(posting["entered"])]
    return [posting["deputy"]["star"], posting["post"], POSTS[posting["post"]][0], posting["watch"], *days]


def american(day: dt.date | None) -> str:
    """A day as the office writes it."""
    return f"{day.month}/{day.day}/{day.year}" if day else ""


def write(path: Path, header: list[str], rows: Iterable[list[str]]) -> None:
    """One CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
