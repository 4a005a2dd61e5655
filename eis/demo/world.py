"""The department that the demo plays: units, officers, where they serve, their ranks and supervisors.

Belongs here: what personnel records hold, made once for the whole department. Does not: what officers do and meet with
(`eis.demo.life`), or how the records are written (`eis.demo.exports`).
"""

from dataclasses import dataclass

import numpy as np

from eis.demo.columns import DAY, Column, Columns, Random, before, days_about, days_between, pick, rows, stack

RACES, RACE_SHARES = ["W", "B", "H", "A", "O"], [0.52, 0.24, 0.16, 0.05, 0.03]
EDUCATIONS, EDUCATION_SHARES = ["HS", "AA", "BA", "MA"], [0.35, 0.25, 0.33, 0.07]
UNIT_TYPES = ["PAT", "INV", "SPC", "SUP", "ADM"]
PATROL, INVESTIGATION, SPECIAL, SUPPORT, ADMINISTRATION = range(len(UNIT_TYPES))
NIGHT, DAYTIME, EVENING = range(3)
RANKS = ["Police Officer", "Detective", "Sergeant", "Lieutenant", "Captain"]
OFFICER, DETECTIVE, SERGEANT, LIEUTENANT, CAPTAIN = range(len(RANKS))
BEATS_A_UNIT = 8
OFFICERS_A_DISTRICT = 90

# Name, type, share of the staff that is not in a district, how busy (district = 1).
OTHER_UNITS = [
    ("Training Academy", ADMINISTRATION, 0.04, 0.05),
    ("Traffic", PATROL, 0.22, 0.9),
    ("Detectives North", INVESTIGATION, 0.15, 0.35),
    ("Detectives South", INVESTIGATION, 0.15, 0.35),
    ("Tactical Response", SPECIAL, 0.12, 1.1),
    ("Narcotics", SPECIAL, 0.10, 0.8),
    ("Records and Property", SUPPORT, 0.10, 0.06),
    ("Headquarters", ADMINISTRATION, 0.12, 0.06),
]
ACADEMY = 0


@dataclass(frozen=True)
class World:
    """The department's people and posts; `officer` columns are positions in `people`."""

    start: np.datetime64
    until: np.datetime64
    units: Columns
    unit_names: list[str]
    people: Columns
    assignments: Columns
    ranks: Columns


def build_world(random: Random, officers: int, start: np.datetime64, until: np.datetime64) -> World:
    """A department with a stable headcount of `officers` between two days."""
    units, names = build_units(random, officers)
    people = staff_posts(random, officers, start, until)
    assignments = assign(random, people, units, start, until)
    # Officers who start in the same unit stand together, so that a chunk of officers holds whole squads.
    first_unit = assignments["unit"][np.searchsorted(assignments["officer"], np.arange(len(people["hired"])))]
    order = np.argsort(first_unit, kind="stable")
    people = rows(people, order)
    assignments["officer"] = np.argsort(order)[assignments["officer"]]
    assignments = rows(assignments, np.lexsort((assignments["from"], assignments["officer"])))
    ranks = promote(random, people, assignments, units, start, until)
    assignments["supervisor"] = supervise(random, assignments, ranks)
    return World(start, until, units, names, people, assignments, ranks)


def build_units(random: Random, officers: int) -> tuple[Columns, list[str]]:
    """Units with what tells them apart: how busy they are, their climate, how much of what happens is reported."""
    districts = max(3, officers * 7 // 10 // OFFICERS_A_DISTRICT)
    count = len(OTHER_UNITS) + districts
    types, shares, busy = (np.array([unit[field] for unit in OTHER_UNITS]) for field in (1, 2, 3))
    units = {
        "type": np.concatenate([types, np.full(districts, PATROL)]).astype(np.int8),
        "share": np.concatenate([shares * 0.3, np.full(districts, 0.7 / districts)]),
        "busy": np.concatenate([busy, random.uniform(0.6, 1.5, districts)]),
        "climate": random.normal(0, 0.18, count),
        "reporting": random.uniform(0.75, 1.0, count),
    }
    return units, [unit[0] for unit in OTHER_UNITS] + [f"District {number}" for number in range(1, districts + 1)]


def staff_posts(random: Random, posts: int, start: np.datetime64, until: np.datetime64) -> Columns:
    """Officers who hold the posts one after the other: each leaver is replaced, so the headcount is stable."""
    hired = start - (random.random(posts) ** 1.2 * 26 * 365).astype("timedelta64[D]")
    since = np.full(posts, start)
    spells = []
    while len(hired):
        retires = hired + np.maximum(random.normal(26, 2.5, len(hired)) * 365, 20 * 365).astype("timedelta64[D]")
        retires = np.where(retires <= since, since + days_between(random, len(hired), 30, 1500), retires)
        resigns = since + (random.exponential(1 / 0.03, len(hired)) * 365).astype("timedelta64[D]") + 30
        left = np.minimum(retires, resigns)
        spells.append({"hired": hired, "left": before(left, until)})
        vacant = left[left < until]
        hired = vacant + days_between(random, len(vacant), 5, 60)
        hired = since = hired[hired < until]
    people = stack(spells)
    count = len(people["hired"])
    return people | {
        "employee": 10_000 + random.choice(8 * count, count, replace=False),
        "badge": 1_000 + random.choice(8 * count, count, replace=False),
        "born": people["hired"] - days_between(random, count, 21 * 365, 23 * 365) - days_about(random, count, 900, 0.9),
        "race": pick(random, count, RACE_SHARES),
        "is_female": random.random(count) < 0.22,
        "education": pick(random, count, EDUCATION_SHARES),
        "military": pick(random, count, [0.75, 0.22, 0.03]),
        "created": people["hired"] - days_between(random, count, 26, 45),
        "leadership": random.normal(0, 1, count),
    }


def assign(random: Random, people: Columns, units: Columns, start: np.datetime64, until: np.datetime64) -> Columns:
    """Assignments one after the other until each officer leaves; recruits begin at the academy."""
    hired, end = people["hired"], np.where(np.isnat(people["left"]), until, people["left"])
    officer = np.arange(len(hired))
    begins = np.maximum(hired, start - days_about(random, len(hired), 400, 0.9))
    is_recruit = hired >= start
    parts = []
    while len(officer):
        unit = np.where(is_recruit, ACADEMY, choose_units(random, people, units, officer))
        months = np.where(is_recruit, 5.5, random.gamma(2.0, 22, len(officer)) + 2)
        ends = begins + (months * 30.4).astype("timedelta64[D]")
        late = random.random(len(officer)) < 0.03
        order_days = np.where(
            late, days_between(random, len(officer), 1, 10), -days_between(random, len(officer), 1, 21)
        )
        watch = pick(random, len(officer), [0.28, 0.38, 0.34])
        is_desk = np.isin(units["type"][unit], [INVESTIGATION, SUPPORT, ADMINISTRATION])
        parts.append(
            {
                "officer": officer,
                "unit": unit,
                "watch": np.where(is_desk & (watch == NIGHT), DAYTIME, watch),
                "beat": unit * 100 + random.integers(1, BEATS_A_UNIT + 1, len(officer)),
                "from": begins,
                "to": np.where(ends < end[officer], ends, people["left"][officer]),
                "entered": begins + order_days,
            }
        )
        stays = ends < end[officer]
        officer, begins, is_recruit = officer[stays], ends[stays], np.zeros(stays.sum(), dtype=bool)
    assignments = stack(parts)
    return rows(assignments, np.lexsort((assignments["from"], assignments["officer"])))


def choose_units(random: Random, people: Columns, units: Columns, officer: Column) -> Column:
    """Units by their share. Race and sex cause nothing, but tilt who is sent where a little, as in real departments."""
    groups = (people["race"][officer] == 1) * 2 + people["is_female"][officer]
    busy = units["busy"] - units["busy"].mean()
    weights = np.stack([units["share"] * np.exp(0.5 * busy * (g // 2) - 0.35 * busy * (g % 2)) for g in range(4)])
    edges = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    drawn = np.searchsorted((edges + np.arange(4)[:, None]).ravel(), groups + random.random(len(officer)), side="right")
    return np.minimum(drawn - groups * len(units["busy"]), len(units["busy"]) - 1)


def promote(
    random: Random,
    people: Columns,
    assignments: Columns,
    units: Columns,
    start: np.datetime64,
    until: np.datetime64,
) -> Columns:
    """Ranks and pay steps: a step every two years or so, sometimes with a promotion."""
    end = np.where(np.isnat(people["left"]), until, people["left"])
    officer = np.arange(len(end))
    effective = np.maximum(people["hired"], start - days_between(random, len(end), 0, 700))
    years = (effective - people["hired"]).astype(int) / 365
    level = np.select(
        [random.random(len(end)) < chance_of for chance_of in (0.015, 0.05, 0.22)], [CAPTAIN, LIEUTENANT, SERGEANT], 0
    )
    level = np.where(years > 7, level, OFFICER)
    parts = []
    while len(officer):
        years = (effective - people["hired"][officer]).astype(int) / 365
        is_detective = units["type"][assignments["unit"][holding(assignments, officer, effective)]] == INVESTIGATION
        parts.append(
            {
                "officer": officer,
                "rank": np.where((level == OFFICER) & is_detective, DETECTIVE, level),
                "grade": np.minimum(years // 2, 9).astype(int) + 1,
                "salary": (52_000 + 2_400 * np.minimum(years, 20) + 13_000 * level).round(-2).astype(int),
                "effective": effective,
                "entered": effective - days_between(random, len(officer), 1, 25),
            }
        )
        effective = effective + days_about(random, len(officer), 730, 0.15)
        rises = (random.random(len(officer)) < np.array([0.045, 0, 0.06, 0.06, 0])[level]) & (years > 5)
        level = level + rises * np.where(level == OFFICER, SERGEANT, 1)
        stays = effective < end[officer]
        officer, effective, level = officer[stays], effective[stays], level[stays]
    ranks = stack(parts)
    return rows(ranks, np.lexsort((ranks["effective"], ranks["officer"])))


def holding(periods: Columns, officer: Column, day: Column, begins: str = "from") -> Column:
    """Position of the period that each officer is in on a day; the first one where the day lies before it."""
    key = periods["officer"].astype(np.int64) * 10**6 + periods[begins].astype(DAY).astype(np.int64)
    found = np.searchsorted(key, officer.astype(np.int64) * 10**6 + day.astype(DAY).astype(np.int64), side="right") - 1
    return np.where((found < 0) | (periods["officer"][np.maximum(found, 0)] != officer), found + 1, found)


def supervise(random: Random, assignments: Columns, ranks: Columns) -> Column:
    """A sergeant or lieutenant of the unit who was there when the assignment began, or -1."""
    rank = ranks["rank"][holding(ranks, assignments["officer"], assignments["from"], "effective")]
    leaders = rows(assignments, np.isin(rank, [SERGEANT, LIEUTENANT]))
    leaders = rows(leaders, np.lexsort((leaders["from"], leaders["unit"])))
    if not len(leaders["officer"]):
        return np.full(len(rank), -1)

    def key(table: Columns) -> Column:
        return table["unit"].astype(np.int64) * 10**6 + table["from"].astype(np.int64)

    found = np.searchsorted(key(leaders), key(assignments), side="right") - 1 - random.integers(0, 4, len(rank))
    leader = rows(leaders, np.maximum(found, 0))
    serves = np.isnat(leader["to"]) | (leader["to"] > assignments["from"])
    fits = (found >= 0) & (leader["unit"] == assignments["unit"]) & (leader["officer"] != assignments["officer"])
    return np.where(fits & serves & (rank < SERGEANT), leader["officer"], -1)
