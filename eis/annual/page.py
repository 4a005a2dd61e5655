"""From a year's facts to its page: sentences that depend on figures, and the template.

Belongs here: words chosen by figures. Does not: words that are always the same (`annual.html.j2`), or the look, which
is that of the model report.
"""

from pathlib import Path

from eis.annual.facts import ActionCount, Effect, GroupRates, Reviews, Year
from ml.effect import CANNOT_TELL, FEWER, MORE, NO_LARGE_DIFFERENCE
from ml.followup import BEFORE, ISSUED_LISTS, OUTCOME, TOO_EARLY
from ml.report import palette
from ml.report.page import DASH, say_percent
from ml.report.templates import open_templates

TEMPLATE = "annual.html.j2"
MEASURES = {OUTCOME: "the outcome", BEFORE: "the outcome before (a check)"}
VERDICTS = {
    FEWER: "It helped: fewer had the outcome than would have.",
    MORE: "More of the listed had the outcome than would have. Find out why before another list goes out.",
    NO_LARGE_DIFFERENCE: "It made no large difference.",
    CANNOT_TELL: "Nobody can tell from so few officers.",
    TOO_EARLY: "It is too early to tell.",
}


def render(facts: Year, department: str) -> str:
    """The page: the same facts give the same bytes."""
    environment = open_templates(Path(__file__).parent)
    environment.filters |= {
        "percent": say_percent,
        "share": say_share,
        "number": say_number,
        "measure": lambda name: MEASURES.get(name, name.replace("_", " ")),
    }
    return environment.get_template(TEMPLATE).render(
        facts=facts,
        department=department,
        palette=palette,
        policy=facts.policies[-1].content,
        used=add_up(facts.reviews_by_list),
        reviewed=[one for one in facts.lists if one.outcome == facts.outcome],
        withdrawn=[one for one in facts.lists if one.status == "withdrawn"],
        decisions=add_decisions(facts),
        helped=say_helped(facts.effects),
        activity=say_activity(facts.effects),
        changes=[effect for effect in facts.effects if effect.listed_before is not None],
        chain=say_chain(facts),
        contested=count_marks(facts),
        rates=facts.fairness,
        not_told=[rate.group_name for rate in facts.fairness if rate.suppressed_because],
        unequal=say_unequal(facts.fairness),
    )


def say_share(part: int, whole: int) -> str:
    """Of how many, and the share: `31 of 50 (62 %)`; a dash where there are none."""
    return f"{part:,} of {whole:,} ({say_percent(part / whole)})" if whole else DASH


def say_number(value: float | None, digits: int = 3, sign: bool = False) -> str:
    """A figure, with a true minus sign; a dash where there is none."""
    return DASH if value is None else f"{value:{'+' if sign else ''}.{digits}f}".replace("-", "\u2212")


def add_up(reviews: list[Reviews]) -> Reviews:
    """All lists of the year together."""
    counts = [
        sum(getattr(one, name) for one in reviews)
        for name in (
            *("n_listed", "n_reviewed", "n_in_time", "n_waiting"),
            *("n_missed", "n_agreed", "n_with_action", "n_dismissed"),
        )
    ]
    return Reviews("the year", *counts)


def add_decisions(facts: Year) -> tuple[int, int]:
    """Published and refused, of every outcome."""
    return sum(one.n_published for one in facts.decisions), sum(one.n_refused for one in facts.decisions)


def find_effect(effects: list[Effect], measure: str) -> Effect | None:
    """What was found of a measure on lists that were issued."""
    return next((one for one in effects if one.list_kind == ISSUED_LISTS and one.measure == measure), None)


def say_helped(effects: list[Effect]) -> str:
    """Whether being listed made a difference, in a sentence that says no more than the interval."""
    found = find_effect(effects, OUTCOME)
    if found is None:
        return "Lists have not been followed up: run the line."
    return f"{VERDICTS[found.verdict]} {found.explanation}"


def say_activity(effects: list[Effect]) -> str:
    """Whether listed officers withdrew from work."""
    found = [one for one in effects if one.list_kind == ISSUED_LISTS and one.measure not in MEASURES]
    if not found:
        return "Whether listed officers do less police work afterwards is not known yet."
    return " ".join(f"{one.measure.capitalize()}: {one.verdict}. {one.explanation}" for one in found)


def say_chain(facts: Year) -> str:
    """Whether the audit log is whole."""
    if facts.audit.faults:
        return "The audit log was tampered with: " + " ".join(facts.audit.faults)
    return (
        f"The audit log was whole when this page was made: {facts.audit.n_entries:,} entries, the last with hash "
        f"{facts.audit.last_hash}."
    )


def count_marks(facts: Year) -> list[ActionCount]:
    """Marks of the year by what they say."""
    marks = [mark.mark for mark in facts.marks]
    return [ActionCount(mark, marks.count(mark)) for mark in dict.fromkeys(marks)]


def say_unequal(rates: list[GroupRates]) -> str:
    """Groups that are certainly found less often than the reference group."""
    compared = [rate for rate in rates if rate.recall_ratio_high is not None]
    missed = [rate.group_name for rate in compared if (rate.recall_ratio_high or 0) < 1]
    if not compared:
        return "Groups are too small, or too few of them are listed, to say how the list treats them."
    if missed:
        return f"Found less often than the reference group when they have the outcome: {', '.join(missed)}."
    return (
        "No group is certainly found less often than the reference group; the intervals say how much could go unseen."
    )
