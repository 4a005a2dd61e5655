"""From facts to pages: the sentences that depend on figures, and the templates.

Belongs here: words chosen by figures. Does not: words that are always the same (the templates), or reading (`facts`).
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from eis.briefing.facts import CommandFacts, Evidence, Officer, PublishedList, Reason, Visible
from eis.governance.use import DueReview
from ml.report import palette
from ml.report.page import say_percent
from ml.report.templates import open_templates, say_day

TEMPLATES = Path(__file__).parent
ROWS_OF_A_REASON = 3

CERTAINTY = {
    "clear": "Clear: on the list almost whichever officers the model learns from.",
    "likely": "Likely: on the list in most trials with other officers to learn from.",
    "tie": "A tie: somebody else could as well stand in this place.",
    "cannot tell": "Cannot be told: the list as a whole is not surely better than one drawn by lot.",
}
RECORDS = {
    "complaints": "complaint",
    "uses_of_force": "use of force",
    "vehicle_incidents": "vehicle incident",
    "arrests": "arrest",
    "stops": "stop",
    "dispatches": "call",
    "shifts": "shift",
    "injuries": "injury",
    "training": "training",
    "secondary_employment": "secondary employment",
    "commendations": "commendation",
    "civil_claims": "civil claim",
    "criminal_matters": "criminal matter",
    "legacy_alerts": "alert of the former system",
    "complaint_witnesses": "witness in a complaint",
    "interventions": "intervention",
}


@dataclass(frozen=True)
class Setting:
    """What the department says about itself, the outcome and its policy."""

    department: str
    description: str
    answers_for_it: str
    forbidden_use: Sequence[str]
    capacity: int
    is_reviewed: bool


@dataclass(frozen=True)
class Headline:
    """A word or figure that is read first, and the sentence that goes on from it."""

    word: str
    sentence: str


@dataclass(frozen=True)
class Record:
    """A record to look at, and the numbers of the reasons that it stands behind."""

    kind: str
    event_id: str
    happened_on: dt.date | None
    known_on: dt.date
    is_new: bool
    is_disputed: bool
    reasons: str


def render_command(facts: CommandFacts, setting: Setting) -> str:
    """The page for command: one sheet, without any officer."""
    published, told = facts.published, [unit for unit in facts.units if unit.n_on_list or unit.n_left]
    earlier = next((unit.earlier_as_of_date for unit in facts.units), None)
    n_silent = len(facts.units) - len(told)
    return (
        open_templates(TEMPLATES)
        .get_template("command.html.j2")
        .render(
            facts=facts,
            setting=setting,
            palette=palette,
            capacity=say_capacity(published, setting),
            change=say_change(sum(u.n_new for u in told), sum(u.n_left for u in told), earlier),
            sure=say_sure(published),
            record=say_record(published),
            approval=say_approval(published),
            due=list(say_due(facts)),
            units=told,
            earlier=earlier,
            silent=f"{count(n_silent, 'other unit has', 'other units have')} nobody on it." if n_silent else "",
        )
    )


def render_unit(visible: Visible, unit_id: str, setting: Setting, reader: str, read_on: dt.date) -> str:
    """The page of one unit: its officers on the list, each with reasons, certainty, change and records."""
    of_unit = [officer for officer in visible.officers if officer.unit_id == unit_id]
    listed = [officer for officer in of_unit if officer.is_on_list]
    gone = [officer for officer in of_unit if officer.was_on_list and not officer.is_on_list]
    earlier = next((officer.previous_as_of_date for officer in of_unit), None)
    environment = open_templates(TEMPLATES)
    environment.filters |= {
        "name": say_name,
        "certainty": lambda officer: CERTAINTY[officer.certainty],
        "then": say_then,
        "since": partial(say_since, visible),
        "post": partial(say_post, visible.published),
        "review": partial(say_review, visible),
        "due": partial(say_review_due, visible),
        "reasons": partial(list_reasons, visible),
        "sentence": say_reason,
        "records": partial(list_records, visible),
    }
    return environment.get_template("unit.html.j2").render(
        facts=visible,
        setting=setting,
        palette=palette,
        unit_id=unit_id,
        officers=listed,
        n_officers=len(of_unit),
        gone=gone,
        earlier=earlier,
        change=say_change(sum(not officer.was_on_list for officer in listed), len(gone), earlier),
        sure=say_sure(visible.published),
        record=say_record(visible.published),
        approval=say_approval(visible.published),
        reader=reader,
        read_on=read_on,
    )


def count(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def say_capacity(published: PublishedList, setting: Setting) -> str:
    """The size of the list beside what the department says it can look after."""
    if not setting.is_reviewed:
        return "The policy has another list reviewed; this one is to be known."
    if published.n_on_list == setting.capacity:
        return "That is as many as the policy says can be looked after in a month."
    return f"The policy says that {setting.capacity} can be looked after in a month."


def say_change(n_new: int, n_gone: int, earlier: dt.date | None) -> Headline:
    """Who came and went since the list before, as numbers."""
    if earlier is None:
        return Headline("First list", "There is no earlier one to compare with.")
    return Headline(f"{n_new} new", f"since {say_day(earlier)}; {n_gone} no longer on the list.")


def say_sure(published: PublishedList) -> Headline:
    """How sure the list is as a whole."""
    if not published.is_told:
        return Headline("Cannot tell", f"{published.why} Use your own judgement alone.")
    n = published.n_on_list
    return Headline(
        f"{published.n_clear + published.n_likely} of {n}",
        f"places are clear ({published.n_clear}) or likely ({published.n_likely}); in the other {published.n_tie}"
        " somebody else could as well stand.",
    )


def say_record(published: PublishedList) -> str:
    """How often lists like this one were right, from the replays; and how much they missed."""
    if published.precision_of_lists is None or published.recall_of_lists is None or published.base_rate is None:
        return "How often lists of this size are right was not measured: none was replayed."
    return (
        f"Of 100 officers on such lists, {round(100 * published.precision_of_lists)} had the event within"
        f" {published.horizon_months} months; of 100 officers in service, {round(100 * published.base_rate)} had it."
        f" {say_percent(1 - published.recall_of_lists)} of those with the event were not on the list"
        f" ({count(published.n_test_dates, 'replay')} of the past,"
        f" {published.first_test_date:%B %Y} to {published.last_test_date:%B %Y})."
        f"{say_chance(published)}"
    )


def say_chance(published: PublishedList) -> str:
    """How far the track record may be chance; nothing where no officers were drawn."""
    if published.precision_low is None or published.precision_high is None:
        return ""
    places = published.n_on_list * published.n_test_dates
    low, high = round(100 * published.precision_low), round(100 * published.precision_high)
    return f" That is {places} places on lists: {low} to {high} of 100 would fit it as well."


def say_approval(published: PublishedList) -> str:
    """Who let the model score."""
    if published.approval == "automatic":
        return "Nobody looked at the model: the policy lets a run approve it, which is for demonstrations only."
    return f"Its model was approved by {published.approved_by}."


def say_due(facts: CommandFacts) -> Iterator[str]:
    """What is to be done about the list, by when."""
    published, reviews = facts.published, facts.reviews
    if published.review_due_on:
        done = reviews["in time"] + reviews["late"]
        yield (
            f"Reviews: {done} of {published.n_on_list} are done; the last day is {say_day(published.review_due_on)}."
            + (f" {reviews['overdue']} are overdue." if reviews["overdue"] else "")
        )
    else:
        yield "Reviews: none are due for this list; the policy has another one reviewed."
    yield f"A new list: this one expires after {say_day(published.valid_until)}."
    if facts.refusal:
        yield f"Publication: the latest scores were refused, and this list stands. {facts.refusal}"
    yield f"The model: {facts.retraining_due or 'no retraining is due.'}"


def say_name(officer: Officer) -> str:
    """The officer's number, with the name for those who may see it."""
    return f"{officer.full_name} ({officer.officer_id})" if officer.full_name else f"Officer {officer.officer_id}"


def say_then(officer: Officer) -> str:
    """Where the officer stood on the list before, in a cell."""
    if officer.previous_rank is None:
        return "not scored"
    return f"{officer.previous_rank}, {'listed' if officer.was_on_list else 'not listed'}"


def say_since(visible: Visible, officer: Officer) -> str:
    """What has changed since the list before: the place, and what is on record since."""
    if officer.previous_as_of_date is None:
        return "There is no earlier list to compare with."
    day = say_day(officer.previous_as_of_date)
    if officer.previous_rank is None:
        moved = f"New on the list: not scored on {day}."
    elif officer.was_on_list:
        moved = f"On the list of {day} too: place {officer.previous_rank} then, {officer.rank} now."
    else:
        moved = f"New on the list: place {officer.previous_rank} on {day}, {officer.rank} now."
    fresh: dict[str, set[str]] = {}
    for row in visible.evidence:
        if row.officer_id == officer.officer_id and row.known_on >= officer.previous_as_of_date:
            fresh.setdefault(name_record(row), set()).add(row.event_id)
    if not fresh:
        return f"{moved} Nothing that stands behind the reasons has come on record since."
    named = ", ".join(f"{kind} ({len(ids)})" for kind, ids in sorted(fresh.items()))
    return f"{moved} On record since, among what stands behind the reasons: {named}."


def say_post(published: PublishedList, officer: Officer) -> str:
    """Whether the post explains the place."""
    place = f"In a typical post, with all else the same, the place would be {officer.rank_at_typical_assignment}"
    if officer.rank_at_typical_assignment > published.n_on_list:
        return f"{place}, which is not on the list: look at the post before you look at the officer."
    return f"{place}, which is on the list too."


def find_review(visible: Visible, officer: Officer, of_this_list: bool) -> DueReview | None:
    """The officer's review of this list, or the last that was done of an earlier one."""
    own = (review for review in visible.reviews if review.officer_id == officer.officer_id)
    of_list = (review for review in own if (review.list_id == visible.published.list_id) == of_this_list)
    return next((review for review in of_list if of_this_list or review.review_no is not None), None)


def say_review_due(visible: Visible, officer: Officer) -> str:
    """Whether the officer was reviewed, or by when that is due."""
    review = find_review(visible, officer, of_this_list=True)
    if review and review.review_no is not None:
        return f"Done: {say_verdict(review)}"
    if officer.review_due_on is None:
        return "Not due for this list"
    return f"By {say_day(officer.review_due_on)}{', overdue' if review and review.status == 'overdue' else ''}"


def say_review(visible: Visible, officer: Officer) -> str:
    """The same, and what came of the last time."""
    earlier = find_review(visible, officer, of_this_list=False)
    told = f" On the list of {say_day(earlier.as_of_date)}: {say_verdict(earlier)}." if earlier else ""
    return f"{say_review_due(visible, officer)}.{told}"


def say_verdict(review: DueReview) -> str:
    """What a reviewer said."""
    agreed = "agreed" if review.agrees else "did not agree"
    action = "nothing followed" if review.action == "none" else (review.action or "").replace("_", " ")
    return f"{review.reviewed_by} {agreed}, {action}"


def list_reasons(visible: Visible, officer: Officer, direction: str) -> list[Reason]:
    """An officer's reasons in one direction, the strongest first."""
    return [row for row in visible.reasons if (row.officer_id, row.direction) == (officer.officer_id, direction)]


def say_reason(reason: Reason) -> str:
    """The sentence without the direction, which the heading gives."""
    return reason.sentence.removesuffix(" Raises the score.").removesuffix(" Lowers the score.")


def list_records(visible: Visible, officer: Officer) -> list[Record]:
    """The latest records behind each reason that raises the score, each record once, the newest first."""
    rows = [row for row in visible.evidence if (row.officer_id, row.direction) == (officer.officer_id, "raises")]
    behind: dict[tuple[str, str], list[Evidence]] = {}
    seen: dict[int, int] = {}
    for row in rows:
        seen[row.reason_rank] = seen.get(row.reason_rank, 0) + 1
        if seen[row.reason_rank] <= ROWS_OF_A_REASON:
            behind.setdefault((row.event_table, row.event_id), []).append(row)
    records = [
        Record(
            kind=name_record(same[0]),
            event_id=same[0].event_id,
            happened_on=same[0].happened_on,
            known_on=max(row.known_on for row in same),
            is_new=bool(
                officer.previous_as_of_date and max(row.known_on for row in same) >= officer.previous_as_of_date
            ),
            is_disputed=same[0].is_disputed,
            reasons=", ".join(str(number) for number in sorted({row.reason_rank for row in same})),
        )
        for same in behind.values()
    ]
    return sorted(records, key=lambda record: (record.known_on, record.kind, record.event_id), reverse=True)


def name_record(row: Evidence) -> str:
    """What kind of record it is, in words."""
    return RECORDS.get(row.event_table, row.event_table.replace("_", " "))
