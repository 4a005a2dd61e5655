"""What officers do and meet with: latent risk month by month, and the events that follow from it.

Risk is hidden, moves slowly and has causes that records show only in part: a lasting disposition, a drift, stress after
hard calls and overtime, a rise after a move to another unit, inexperience, the climate of the unit, the supervisor. It
drives complaints, force, crashes, sick leave and the quality of stops and arrests. How busy an officer is drives the
same counts and is not risk. Race, sex and age are not among the causes.

Belongs here: events as they happened, with the days on which they were recorded and decided. Does not: how the source
systems write them (`eis.demo.exports`).
"""

from dataclasses import dataclass

import numpy as np

from eis.demo.columns import (
    DAY,
    SECOND,
    Column,
    Columns,
    Random,
    before,
    chance,
    days_about,
    days_between,
    pick,
    rows,
    stack,
)
from eis.demo.world import LIEUTENANT, World, holding

# Risk: standard deviations in log odds, per month where it moves.
DISPOSITION, DRIFT, DRIFT_KEPT = 0.85, 0.19, 0.93
STRESS_KEPT, STRESS_A_CALL, STRESS_A_DOUBLE = 0.8, 0.10, 0.15
MOVE, MOVE_MONTHS = 0.5, 8
ROOKIE, ROOKIE_YEARS = 0.9, 3.5
LEADER = 0.25
RELIEF, RELIEF_KEPT = 0.45, 0.92

# Events in a month for an officer as busy as a district's average, and how strongly risk multiplies them.
CITIZEN_COMPLAINT, INTERNAL_COMPLAINT, FORCE, ACCIDENT = (0.016, 0.6), (0.004, 0.95), (0.040, 0.45), (0.009, 0.5)

ROSTER_DAYS = 8
TOUR_HOURS = 10
PAY_PERIOD_DAYS = 14
WATCH_STARTS = np.array([21 * 60, 6 * 60 + 30, 14 * 60])
WORKED, VACATION, SICK, OTHER_LEAVE, SUSPENSION = range(5)
RANK_ACTIVITY = np.array([1.0, 0.9, 0.45, 0.12, 0.04])
WATCH_ACTIVITY = np.array([1.15, 0.85, 1.05])

# Allegations, in this order: force, search, arrest, verbal, bias, off duty, neglect, administrative, drugs, criminal,
# supervision, vehicle, other.
FORCE_CATEGORY = 0
CITIZEN_SHARES = [14, 12, 12, 22, 5, 3, 16, 3, 0.3, 1.5, 1, 4, 6]
INTERNAL_SHARES = [2, 1, 2, 5, 1, 11, 22, 38, 3, 2, 4, 6, 3]
SERIOUS = np.array([0.7, 0.3, 0.35, 0.05, 0.6, 0.5, 0.15, 0.05, 0.9, 0.95, 0.3, 0.2, 0.1])
SUSTAINED, NOT_SUSTAINED, EXONERATED, UNFOUNDED, WITHDRAWN, CLOSED = range(6)

ALERT_RULES = {"UOF 3/12M": ("force", 3), "COMPLAINTS 3/12M": ("complaints", 3), "COLLISIONS 2/12M": ("accidents", 2)}
ALERT_PAUSE_MONTHS = 6

NOTHING = np.datetime64("NaT")


@dataclass(frozen=True)
class Months:
    """One cell per officer of the chunk and month."""

    first: np.datetime64
    risk: Column
    busy: Column
    counts: Columns
    alerts: Columns
    interventions: Columns


@dataclass(frozen=True)
class Tours:
    """Tours of duty of the chunk's officers, ordered by officer and day, and who worked beside whom."""

    rows: Columns
    cells: int
    on_duty: Column
    cell_first: Column
    cell_count: Column
    squad_order: Column
    squad_first: Column
    squad_count: Column


def live(world: World, members: Column, random: Random) -> dict[str, Columns]:
    """Every event of some officers; `officer` is the position in `world.people`."""
    roster = roll_roster(world, members, random)
    months = pass_months(world, members, roster, random)
    tours = arrange_tours(take_leave(roster, months, world.start, random), months)
    complaints, allegations, witnesses = complain(tours, months, world.people["hired"][members], world.until, random)
    suspend(tours.rows, allegations)
    tours = arrange_tours(tours.rows, months)
    force = use_force(tours, months, world.until, random)
    stops, arrests = stop_people(tours, months, random), arrest_people(tours, months, world.until, random)
    events = {
        "shifts": tours.rows,
        "complaints": complaints,
        "allegations": allegations,
        "witnesses": witnesses,
        "force": force,
        "dispatches": answer_calls(tours, months, random),
        "stops": stops,
        "arrests": arrests,
        "accidents": crash(tours, months, world.until, random),
        "alerts": months.alerts,
        "interventions": months.interventions,
        "injuries": injure(tours, months, world.until, random),
        "claims": sue(tours, months, world.until, random),
        "criminal": charge(tours, months, world.until, random),
        "training": train(tours, months, random),
        "commendations": commend(tours, months, random),
        "secondary": moonlight(tours, months, random),
    }
    for table in events.values():
        if "officer" in table:
            table["officer"] = members[table["officer"]]
    return {name: rows(table, table["known"] < world.until) for name, table in events.items()}


def roll_roster(world: World, members: Column, random: Random) -> Columns:
    """Rostered tours: two in a row in eight days, sometimes a third as overtime. Thinned, see the README."""
    cycles = np.arange(world.start, world.until, ROSTER_DAYS)
    count = len(members)
    phase = random.integers(0, ROSTER_DAYS, count).astype("timedelta64[D]")
    zeal = random.beta(0.8, 9, count)
    doubles = random.random((count, len(cycles))) < zeal[:, None]
    day = (cycles[None, :] + phase[:, None])[:, :, None] + np.arange(3).astype("timedelta64[D]")
    hired, left = world.people["hired"][members], world.people["left"][members]
    serves = (day >= hired[:, None, None]) & (day < np.where(np.isnat(left), world.until, left)[:, None, None])
    serves &= day < world.until
    serves[:, :, 2] &= doubles
    officer, cycle, place = np.nonzero(serves)
    day = day[officer, cycle, place]
    assignment = holding(world.assignments, members[officer], day)
    return {
        "officer": officer,
        "day": day,
        "month": (day.astype("datetime64[M]") - world.start.astype("datetime64[M]")).astype(np.int64),
        "is_double": place == 2,
        "cycle": officer * len(cycles) + cycle,
        "unit": world.assignments["unit"][assignment],
        "watch": world.assignments["watch"][assignment],
        "beat": world.assignments["beat"][assignment],
    }


def pass_months(world: World, members: Column, roster: Columns, random: Random) -> Months:
    """Let risk move month by month, with what it brings about and what eases it."""
    first = world.start.astype("datetime64[M]")
    middles = np.arange(first, (world.until - 1).astype("datetime64[M]") + 1).astype(DAY) + 14
    count, length = len(members), len(middles)
    cell = roster["officer"] * length + roster["month"]
    tours = np.bincount(cell, minlength=count * length).reshape(count, length)
    doubles = np.bincount(cell, roster["is_double"], minlength=count * length).reshape(count, length)
    officer, day = np.repeat(members, length), np.tile(middles, count)
    held = holding(world.assignments, officer, day)
    unit, watch = world.assignments["unit"][held], world.assignments["watch"][held]
    rank = world.ranks["rank"][holding(world.ranks, officer, day, "effective")]
    leader = world.assignments["supervisor"][held]
    moved = (day - world.assignments["from"][held]).astype(int) / 30.4
    years = np.maximum((day - world.people["hired"][officer]).astype(int), 0) / 365
    settled = (
        world.units["climate"][unit]
        + np.where(leader >= 0, LEADER * world.people["leadership"][leader], 0)
        + np.where(world.assignments["from"][held] > world.people["hired"][officer], MOVE, 0)
        * np.exp(-np.maximum(moved, 0) / MOVE_MONTHS)
        + ROOKIE * np.exp(-years / ROOKIE_YEARS)
        - np.where(rank >= LIEUTENANT, 0.5, 0)
    ).reshape(count, length)
    zeal = np.exp(random.normal(0, 0.35, count))
    busy = world.units["busy"][unit] * RANK_ACTIVITY[rank] * WATCH_ACTIVITY[watch]
    busy = busy.reshape(count, length) * zeal[:, None]
    reporting = world.units["reporting"][unit].reshape(count, length)
    share = tours / (2 * 30.4 / ROSTER_DAYS)

    disposition = random.normal(0, DISPOSITION, count)
    drift = random.normal(0, DRIFT / np.sqrt(1 - DRIFT_KEPT**2), count)
    stress, relief = np.zeros(count), np.zeros(count)
    risk = np.zeros((count, length))
    counts = {name: np.zeros((count, length), np.int64) for name in ("bad_calls", "citizen", "internal", "force")}
    counts |= {"accidents": np.zeros((count, length), np.int64)}
    alerts: list[Columns] = []
    helps: list[Columns] = []
    last_alert = dict.fromkeys(ALERT_RULES, np.full(count, -ALERT_PAUSE_MONTHS))
    for month in range(length):
        risk[:, month] = disposition + drift + np.minimum(stress, 1.5) + settled[:, month] - relief
        here, load = risk[:, month], busy[:, month]
        counts["bad_calls"][:, month] = random.poisson(0.07 * load * tours[:, month])
        for name, (base, slope), exposure in (
            ("citizen", CITIZEN_COMPLAINT, load**0.8),
            ("internal", INTERNAL_COMPLAINT, reporting[:, month]),
            ("force", FORCE, load * reporting[:, month]),
            ("accidents", ACCIDENT, load**0.6),
        ):
            counts[name][:, month] = random.poisson(base * share[:, month] * exposure * np.exp(slope * here))
        raised, last_alert = raise_alerts(random, counts, last_alert, tours[:, month] > 0, first + month, month)
        alerts.append(raised)
        relief *= RELIEF_KEPT
        if helps:  # What was offered in a month eases the months after it.
            relief[helps[-1]["officer"]] += RELIEF
        helps.append(offer_help(random, raised, here, tours[:, month] > 0, first + month))
        hard = counts["bad_calls"][:, month] - 0.07 * 0.6 * tours[:, month]
        stress = STRESS_KEPT * stress + STRESS_A_CALL * hard + STRESS_A_DOUBLE * doubles[:, month]
        drift = DRIFT_KEPT * drift + random.normal(0, DRIFT, count)
    interventions = stack(helps)
    interventions["ended"] = before(interventions["ended"], world.until)
    alerts_raised = stack(alerts)
    alerts_raised["disposed"] = before(alerts_raised["disposed"], world.until)
    return Months(first, risk, busy, counts, alerts_raised, interventions)


def raise_alerts(
    random: Random, counts: Columns, last: Columns, serving: Column, month: np.datetime64, position: int
) -> tuple[Columns, Columns]:
    """Alerts of the old threshold system early in a month, from the counts of the twelve months before it."""
    year = slice(max(position - 12, 0), position)
    seen = {name: counts[name][:, year].sum(axis=1) for name in ("force", "accidents", "citizen", "internal")}
    seen["complaints"] = seen["citizen"] + seen["internal"]
    officers, rules, after = [], [], dict(last)
    for number, (rule, (name, threshold)) in enumerate(ALERT_RULES.items()):
        fires = serving & (seen[name] >= threshold) & (position - last[rule] >= ALERT_PAUSE_MONTHS)
        after[rule] = np.where(fires, position, last[rule])
        officers.append(np.nonzero(fires)[0])
        rules.append(np.full(fires.sum(), number))
    officer = np.concatenate(officers)
    raised = month.astype(DAY) + days_between(random, len(officer), 8, 12)  # when the month before it is entered
    return {
        "officer": officer,
        "rule": np.concatenate(rules),
        "raised": raised,
        "disposition": pick(random, len(officer), [0.62, 0.16, 0.1, 0.12]),
        "disposed": raised + days_about(random, len(officer), 24, 0.7) + 1,
        "known": raised + days_between(random, len(officer), 0, 1),
    }, after


def offer_help(random: Random, alerts: Columns, risk: Column, serving: Column, month: np.datetime64) -> Columns:
    """Interventions: after an alert that was acted on, by a supervisor who notices, or asked for by the officer."""
    acted = rows(alerts, (alerts["disposition"] > 0) & (random.random(len(alerts["officer"])) < 0.7))
    noticed = np.nonzero(serving & (random.random(len(risk)) < 0.003 * np.exp(0.4 * risk)))[0]
    asked = np.nonzero(serving & (random.random(len(risk)) < 0.0015))[0]
    officer = np.concatenate([acted["officer"], noticed, asked])
    free = month.astype(DAY) + days_between(random, len(noticed) + len(asked), 0, 27)
    started = np.concatenate([acted["disposed"] + days_between(random, len(acted["officer"]), 2, 25), free])
    return {
        "officer": officer,
        "kind": pick(random, len(officer), [0.4, 0.3, 0.15, 0.08, 0.07]),
        "prompted": np.repeat([0, 1, 2], [len(acted["officer"]), len(noticed), len(asked)]),
        "is_completed": random.random(len(officer)) < 0.85,
        "started": started,
        "ended": started + days_about(random, len(officer), 45, 0.7) + 6,
        "known": started + days_between(random, len(officer), 0, 5),
    }


def take_leave(roster: Columns, months: Months, start: np.datetime64, random: Random) -> Columns:
    """Tours with leave, times and overtime, posted by pay period; sick leave rises with risk."""
    count = len(roster["officer"])
    cycle_leave = random.random(roster["cycle"].max() + 1)[roster["cycle"]]
    risk = months.risk[roster["officer"], roster["month"]]
    kind = np.select(
        [cycle_leave < 0.08, cycle_leave < 0.09, random.random(count) < chance(-3.7 + 0.45 * risk)],
        [VACATION, OTHER_LEAVE, SICK],
        WORKED,
    )
    tours = rows(roster | {"kind": kind}, ~(roster["is_double"] & (kind != WORKED)))
    count = len(tours["officer"])
    starts = tours["day"].astype("datetime64[m]") + WATCH_STARTS[tours["watch"]] + 15 * random.integers(-2, 3, count)
    extra = np.ceil(random.exponential(6, count)) * 15
    overtime = np.where((random.random(count) < 0.16) & (tours["kind"] == WORKED), np.minimum(extra, 360), 0)
    overtime = np.where(tours["is_double"], TOUR_HOURS * 60, overtime).astype(np.int64)
    rostered = np.where(tours["is_double"], 0, TOUR_HOURS * 60)
    period = (tours["day"] - start).astype(np.int64) // PAY_PERIOD_DAYS
    posted = start + (period + 1) * PAY_PERIOD_DAYS + 3
    return tours | {
        "starts": starts.astype(SECOND),
        "ends": (starts + rostered + overtime).astype(SECOND),
        "rostered": rostered,
        "overtime": overtime,
        "known": posted,
    }


def suspend(tours: Columns, allegations: Columns) -> None:
    """Turn the tours of the weeks after a suspension was ordered into leave."""
    served = rows(allegations, (allegations["suspension_days"] > 0) & ~np.isnat(allegations["closed"]))
    key = tours["officer"] * 10**6 + tours["day"].astype(np.int64)
    begins = served["officer"] * 10**6 + served["closed"].astype(np.int64) + 10
    change = np.zeros(len(key) + 1, np.int64)
    np.add.at(change, np.searchsorted(key, begins), 1)
    np.add.at(change, np.searchsorted(key, begins + served["suspension_days"]), -1)
    is_suspended = np.cumsum(change[:-1]) > 0
    tours["kind"][is_suspended] = SUSPENSION
    tours["overtime"][is_suspended] = 0


def arrange_tours(tours: Columns, months: Months) -> Tours:
    """Index the tours worked, by officer and month and by who was on duty together."""
    length = months.risk.shape[1]
    on_duty = np.nonzero(tours["kind"] == WORKED)[0]
    cell_count = np.bincount(tours["officer"][on_duty] * length + tours["month"][on_duty], minlength=months.risk.size)
    squad = (tours["day"][on_duty].astype(np.int64) * 10_000 + tours["unit"][on_duty]) * 3 + tours["watch"][on_duty]
    order = np.argsort(squad, kind="stable")
    _, inverse, sizes = np.unique(squad, return_inverse=True, return_counts=True)
    return Tours(
        rows=tours,
        cells=length,
        on_duty=on_duty,
        cell_first=np.cumsum(cell_count) - cell_count,
        cell_count=cell_count,
        squad_order=on_duty[order],
        squad_first=spread(on_duty, (np.cumsum(sizes) - sizes)[inverse], len(tours["day"])),
        squad_count=spread(on_duty, sizes[inverse], len(tours["day"])),
    )


def spread(positions: Column, values: Column, size: int) -> Column:
    """Values at some positions, zero elsewhere."""
    full = np.zeros(size, np.int64)
    full[positions] = values
    return full


def happen(random: Random, tours: Tours, counts: Column) -> Columns:
    """Place counted events on tours worked in their month, at a time of the tour; without a tour nothing happens."""
    cell = np.repeat(np.arange(counts.size), counts.ravel())
    cell = cell[tours.cell_count[cell] > 0]
    tour = tours.on_duty[tours.cell_first[cell] + (random.random(len(cell)) * tours.cell_count[cell]).astype(np.int64)]
    return number_by_time({"tour": tour} | when_and_where(random, tours, tour))


def number_by_time(events: Columns) -> Columns:
    """The events in the order of time, numbered: a register gives its numbers as things happen."""
    return rows(events, np.argsort(events["at"], kind="stable")) | {"incident": np.arange(len(events["at"]))}


def when_and_where(random: Random, tours: Tours, tour: Column) -> Columns:
    """Time and place of something that happened on a tour."""
    minutes = (random.random(len(tour)) * TOUR_HOURS * 60 * 60).astype("timedelta64[s]")
    away = random.random(len(tour)) < 0.2
    beat = tours.rows["beat"][tour]
    return {
        "officer": tours.rows["officer"][tour],
        "month": tours.rows["month"][tour],
        "beat": np.where(away, beat // 100 * 100 + random.integers(1, 9, len(tour)), beat),
        "at": tours.rows["starts"][tour] + minutes,
    }


def join_colleagues(random: Random, tours: Tours, events: Columns, share: float) -> Columns:
    """The events, and beside a share of them the same event again for a colleague who was on duty in the squad."""
    at = (random.random(len(events["tour"])) * tours.squad_count[events["tour"]]).astype(np.int64)
    colleague = tours.squad_order[np.minimum(tours.squad_first[events["tour"]] + at, len(tours.squad_order) - 1)]
    joins = (random.random(len(at)) < share) & (colleague != events["tour"]) & (tours.squad_count[events["tour"]] > 0)
    joined = rows(events | {"tour": colleague, "officer": tours.rows["officer"][colleague]}, joins)
    both = stack([events, joined])
    return rows(both, np.argsort(both["incident"], kind="stable"))


def complain(
    tours: Tours, months: Months, hired: Column, until: np.datetime64, random: Random
) -> tuple[Columns, Columns, Columns]:
    """Complaints, the allegations against each officer in them, and the officers heard as witnesses.

    The month's count is of complaints received; what they are about lies before it, sometimes long before.
    """
    citizen, internal = (happen(random, tours, months.counts[origin]) for origin in ("citizen", "internal"))
    citizen["is_citizen"] = np.ones(len(citizen["at"]), dtype=bool)
    internal["is_citizen"] = np.zeros(len(internal["at"]), dtype=bool)
    complaints = number_by_time(stack([citizen, internal]))
    count = len(complaints["at"])
    delay = np.select([random.random(count) < share for share in (0.05, 0.18)], [200, 40], 4)
    complaints["received"] = complaints["at"].astype(DAY)
    incident = complaints["received"] - days_about(random, count, delay, 0.9)
    complaints["incident_day"] = np.maximum(incident, hired[complaints["officer"]])
    complaints["known"] = complaints["received"] + days_between(random, count, 0, 6)
    complaints["people"] = np.where(complaints["is_citizen"], 1 + random.poisson(0.25, count), 0)
    complaints["race"] = np.where(random.random(count) < 0.25, -1, pick(random, count, [0.3, 0.45, 0.17, 0.04, 0.04]))
    complaints["is_female"] = random.random(count) < 0.42

    accused = join_colleagues(random, tours, complaints, 0.15)
    second = rows(accused, random.random(len(accused["officer"])) < 0.2)
    allegations = stack([accused, second])
    count = len(allegations["officer"])
    risk = months.risk[allegations["officer"], allegations["month"]]
    is_citizen = allegations["is_citizen"]
    category = np.where(is_citizen, pick(random, count, CITIZEN_SHARES), pick(random, count, INTERNAL_SHARES))
    is_serious = random.random(count) < SERIOUS[category]
    odds = np.where(is_citizen, -3.6, -1.6) + 0.9 * risk - 0.4 * (category == FORCE_CATEGORY)
    other = pick(random, count, [0.36, 0.14, 0.26, 0.18, 0.06]) + 1
    finding = np.where(random.random(count) < chance(odds), SUSTAINED, other)
    median = np.where(finding == WITHDRAWN, 50, 160) * np.where(is_serious, 1.2, 1.0)
    median = median * np.where(random.random(count) < 0.06, 3, 1)
    added = allegations["known"] + np.where(random.random(count) < 0.05, 20, 0).astype("timedelta64[D]")
    closed = before(added + 2 + days_about(random, count, median, 0.45), until)
    discipline = np.where(finding == SUSTAINED, pick(random, count, [0.12, 0.46, 0.34, 0, 0.08]), 0)
    is_open = np.isnat(closed)
    days = np.where(discipline == 2, np.array([1, 2, 3, 5, 10, 15, 30])[random.integers(0, 7, count)], 0)
    allegations |= {
        "category": category,
        "is_serious": is_serious,
        "finding": np.where(is_open, -1, finding),
        "discipline": np.where(is_open, -1, discipline),
        "suspension_days": np.where(is_open, 0, days),
        "closed": closed,
        "known": added,
    }
    heard = join_colleagues(random, tours, complaints, 0.3)
    is_witness = np.append(False, heard["incident"][1:] == heard["incident"][:-1])
    witnesses = rows(heard, is_witness)
    witnesses["known"] = witnesses["known"] + days_between(random, len(witnesses["known"]), 5, 60)
    return complaints, rows(allegations, np.argsort(allegations["incident"], kind="stable")), witnesses


def use_force(tours: Tours, months: Months, until: np.datetime64, random: Random) -> Columns:
    """Force reports: one per officer; a review decides later whether the force was justified."""
    incidents = happen(random, tours, months.counts["force"])
    count = len(incidents["officer"])
    incidents |= {
        "resistance": pick(random, count, [0.03, 0.17, 0.5, 0.28, 0.02]),
        "subject_race": np.where(random.random(count) < 0.03, -1, pick(random, count, [0.3, 0.45, 0.18, 0.03, 0.04])),
        "subject_is_female": random.random(count) < 0.17,
        "subject_age": np.clip(random.gamma(9, 3.6, count), 13, 85).astype(np.int64),
        "is_armed": random.random(count) < 0.11,
        "is_indoors": random.random(count) < 0.3,
        "location": pick(random, count, [0.4, 0.3, 0.15, 0.1, 0.05]),
    }
    force = join_colleagues(random, tours, incidents, 0.2)
    count = len(force["officer"])
    risk = months.risk[force["officer"], force["month"]]
    kind = pick(random, count, [0.04, 0.4, 0.25, 0.12, 0.05, 0.09, 0.02, 0.012, 0.018])
    finding = np.where(random.random(count) < chance(-4.1 + 0.9 * risk - 0.5 * force["is_armed"]), 1, 0)
    late = np.where(random.random(count) < 0.03, 25, 0).astype("timedelta64[D]")
    known = force["at"].astype(DAY) + days_between(random, count, 0, 3) + late
    reviewed = known + 1 + days_about(random, count, np.where(finding == 1, 110, 50), 0.7)
    reviewed = np.where(random.random(count) < 0.08, NOTHING, before(reviewed, until))
    return force | {
        "kind": kind,
        "subject_hurt": random.random(count) < chance(-1.6 + 0.2 * kind + 0.2 * risk),
        "officer_hurt": random.random(count) < 0.08,
        "in_uniform": random.random(count) < 0.88,
        "on_duty": random.random(count) < 0.98,
        "finding": np.where(np.isnat(reviewed), -1, finding),
        "reviewed": reviewed,
        "known": known,
    }


def answer_calls(tours: Tours, months: Months, random: Random) -> Columns:
    """Dispatches: hard calls as counted month by month, others by how busy the officer is."""
    length = months.risk.shape[1]
    worked = tours.cell_count.reshape(-1, length)
    hard = happen(random, tours, months.counts["bad_calls"])
    easy = happen(random, tours, random.poisson(0.26 * months.busy * worked))
    hard["type"] = pick(random, len(hard["tour"]), [0.05, 0.06, 0.45, 0.08, 0.2, 0.16])
    easy["type"] = 6 + pick(random, len(easy["tour"]), [0.2, 0.14, 0.16, 0.13, 0.12, 0.15, 0.1])
    calls = number_by_time(stack([hard, easy]))
    count = len(calls["tour"])
    calls["priority"] = np.where(calls["type"] < 6, 1 + random.integers(0, 2, count), 2 + random.integers(0, 4, count))
    calls["is_own"] = (calls["type"] >= 11) & (random.random(count) < 0.8)
    calls = join_colleagues(random, tours, calls, 0.25)
    count = len(calls["tour"])
    handled = np.minimum(np.exp(random.normal(3.4, 0.7, count)) * 60, 6 * 3600).astype("timedelta64[s]")
    cleared = np.where(random.random(count) < 0.01, NOTHING, calls["at"] + handled)
    late = np.where(random.random(count) < 0.003, random.integers(30, 300, count), 0).astype("timedelta64[D]")
    return calls | {"cleared": cleared, "known": calls["at"].astype(DAY) + 1 + late}


def stop_people(tours: Tours, months: Months, random: Random) -> Columns:
    """Stops; risk shows as more searches that find less and more stops without an outcome."""
    length = months.risk.shape[1]
    stops = happen(random, tours, random.poisson(0.13 * months.busy * tours.cell_count.reshape(-1, length)))
    count = len(stops["tour"])
    risk = months.risk[stops["officer"], stops["month"]]
    is_traffic = random.random(count) < 0.68
    is_searched = random.random(count) < chance(-2.3 + 0.35 * risk - 0.5 * is_traffic)
    is_found = is_searched & (random.random(count) < chance(-0.9 - 0.3 * risk))
    outcome = np.select(
        [is_found & (random.random(count) < 0.6), random.random(count) < chance(-0.8 + 0.25 * risk)],
        [3, 0],
        1 + pick(random, count, [0.45, 0.5, 0.05]),
    )
    stops |= {
        "is_traffic": is_traffic,
        "reason": np.where(is_traffic, pick(random, count, [5, 3, 2, 1, 1]), 5 + pick(random, count, [4, 3, 3, 1])),
        "outcome": outcome,
        "subject_race": np.where(random.random(count) < 0.04, -1, pick(random, count, [0.38, 0.36, 0.18, 0.05, 0.03])),
        "subject_is_female": random.random(count) < 0.3,
        "subject_age": np.clip(random.gamma(7, 4.9, count), 13, 90).astype(np.int64),
        "is_searched": is_searched,
        "is_found": is_found,
        "is_force": random.random(count) < chance(-5.6 + 0.4 * risk),
        "known": stops["at"].astype(DAY) + lateness(random, count, 2),
    }
    return join_colleagues(random, tours, stops, 0.2)


def arrest_people(tours: Tours, months: Months, until: np.datetime64, random: Random) -> Columns:
    """Arrests and the court's decision on them; risk shows as resisting-only charges and dismissals."""
    length = months.risk.shape[1]
    arrests = happen(random, tours, random.poisson(0.052 * months.busy * tours.cell_count.reshape(-1, length)))
    count = len(arrests["tour"])
    risk = months.risk[arrests["officer"], arrests["month"]]
    charge = pick(random, count, [0.17, 0.18, 0.16, 0.05, 0.12, 0.13, 0.14, 0.05])
    known = arrests["at"].astype(DAY) + lateness(random, count, 3)
    decided = before(known + 2 + days_about(random, count, 75, 0.8), until)
    arrests |= {
        "charge": charge,
        "is_felony": random.random(count) < np.array([0.5, 0.35, 0.3, 0.6, 0.03, 0.04, 0.3, 0.1])[charge],
        "is_resisting_only": (charge == 5) & (random.random(count) < chance(-2.0 + 0.6 * risk)),
        "is_dismissed": random.random(count) < chance(-1.5 + 0.3 * risk),
        "decided": decided,
        "known": known,
    }
    return join_colleagues(random, tours, arrests, 0.25)


def crash(tours: Tours, months: Months, until: np.datetime64, random: Random) -> Columns:
    """Collisions and pursuits; a board decides later whether a collision was preventable."""
    crashes = happen(random, tours, months.counts["accidents"])
    count = len(crashes["tour"])
    risk = months.risk[crashes["officer"], crashes["month"]]
    is_pursuit = random.random(count) < 0.15
    known = crashes["at"].astype(DAY) + lateness(random, count, 4)
    reviewed = before(known + 2 + days_about(random, count, 45, 0.7), until)
    reviewed = np.where(is_pursuit, NOTHING, reviewed)
    is_preventable = random.random(count) < chance(-1.0 + 0.7 * risk)
    return crashes | {
        "is_pursuit": is_pursuit,
        "has_injury": random.random(count) < 0.14,
        "finding": np.where(np.isnat(reviewed), -1, is_preventable),
        "reviewed": reviewed,
        "known": known,
    }


def injure(tours: Tours, months: Months, until: np.datetime64, random: Random) -> Columns:
    """Injuries on duty."""
    injuries = at_a_rate(random, tours, 0.005 * months.busy**0.5 * np.exp(0.25 * months.risk))
    count = len(injuries["tour"])
    lost = np.where(random.random(count) < 0.4, 0, days_about(random, count, 9, 1.0).astype(int))
    back = injuries["at"].astype(DAY) + 1 + (lost * 1.4).astype("timedelta64[D]")
    return injuries | {
        "cause": pick(random, count, [0.3, 0.4, 0.15, 0.15]),
        "lost": lost,
        "back": before(back, until),
        "known": np.minimum(injuries["at"].astype(DAY) + lateness(random, count, 5), back),
    }


def sue(tours: Tours, months: Months, until: np.datetime64, random: Random) -> Columns:
    """Civil claims, filed about a year after what they are about."""
    claims = at_a_rate(random, tours, 0.002 * months.busy * np.exp(0.5 * months.risk))
    count = len(claims["tour"])
    filed = claims["at"].astype(DAY) + 20 + days_about(random, count, 300, 0.6)
    known = filed + days_between(random, count, 1, 30)
    closed = before(known + 10 + days_about(random, count, 500, 0.6), until)
    result = pick(random, count, [0.45, 0.48, 0.07])
    paid = np.where(result == 0, 0, np.exp(random.normal(9.6, 1.2, count))).round(-2).astype(np.int64)
    return claims | {
        "type": pick(random, count, [0.4, 0.2, 0.12, 0.18, 0.1]),
        "result": np.where(np.isnat(closed), -1, result),
        "paid": np.where(np.isnat(closed), -1, paid),
        "filed": filed,
        "closed": closed,
        "known": known,
    }


def charge(tours: Tours, months: Months, until: np.datetime64, random: Random) -> Columns:
    """Criminal matters against officers."""
    matters = at_a_rate(random, tours, 0.0003 * np.exp(0.8 * months.risk))
    count = len(matters["tour"])
    filed = matters["at"].astype(DAY) + 5 + days_about(random, count, 60, 0.8)
    closed = before(filed + 10 + days_about(random, count, 240, 0.6), until)
    return matters | {
        "type": pick(random, count, [0.35, 0.65]),
        "result": np.where(np.isnat(closed), -1, pick(random, count, [0.5, 0.2, 0.3])),
        "filed": filed,
        "closed": closed,
        "known": filed + days_between(random, count, 0, 10),
    }


def train(tours: Tours, months: Months, random: Random) -> Columns:
    """Courses taken."""
    courses = at_a_rate(random, tours, 0.13 + 0 * months.risk)
    count = len(courses["tour"])
    course = pick(random, count, [0.35, 0.1, 0.12, 0.13, 0.2, 0.06, 0.04])
    return courses | {
        "course": course,
        "hours": np.array([8, 40, 16, 16, 4, 4, 8])[course],
        "result": np.where(random.random(count) < 0.2, -1, random.random(count) < 0.97),
        "known": courses["at"].astype(DAY) + lateness(random, count, 10),
    }


def commend(tours: Tours, months: Months, random: Random) -> Columns:
    """Awards and letters of thanks."""
    awards = at_a_rate(random, tours, 0.02 * (0.3 + months.busy) * np.exp(-0.2 * months.risk))
    count = len(awards["tour"])
    awarded = awards["at"].astype(DAY) + 10 + days_about(random, count, 60, 0.6)
    return awards | {
        "kind": pick(random, count, [0.06, 0.05, 0.5, 0.33, 0.06]),
        "awarded": awarded,
        "known": awarded + days_between(random, count, 0, 14),
    }


def moonlight(tours: Tours, months: Months, random: Random) -> Columns:
    """Days of outside work, by the officers who do it."""
    count, length = months.risk.shape
    works = np.where(random.random(count) < 0.25, random.gamma(2.0, 0.6, count), 0)
    days = at_a_rate(random, tours, np.repeat(works[:, None], length, axis=1))
    count = len(days["tour"])
    return days | {
        "employer": pick(random, count, [0.45, 0.25, 0.22, 0.08]),
        "hours": random.integers(3, 9, count),
        "known": days["at"].astype(DAY) + 2 + lateness(random, count, 12),
    }


def at_a_rate(random: Random, tours: Tours, monthly: Column) -> Columns:
    """Events at a monthly rate in the months in service."""
    return happen(random, tours, random.poisson(monthly))


def lateness(random: Random, size: int, most: int) -> Column:
    """Days from event to entry: a few, and some months now and then."""
    late = random.random(size) < 0.004
    return np.where(late, random.integers(30, 250, size), random.integers(0, most + 1, size)).astype("timedelta64[D]")
