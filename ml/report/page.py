"""From facts to the page: sentences that depend on figures, tables of the audit, pictures, and the template.

Belongs here: words chosen by figures. Does not: words that are always the same (`page.html.j2`).
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ml.fairness import EVERYBODY, GroupRate
from ml.intervals import Estimate
from ml.report import palette, plots
from ml.report.facts import THRESHOLD_SYSTEM, Facts
from ml.report.templates import open_templates
from ml.thresholds import AS_FLAGGED, AT_CAPACITY
from ml.warehouse.reports import ComparisonFact

TEMPLATE = "page.html.j2"
SHOWN_RATES = {
    "flag_rate": "on the list",
    "precision": "of those listed, had it",
    "recall": "of those with it, listed",
    "false_positive_rate": "of those without it, listed",
}
ATTRIBUTES = {
    "race": "Race",
    "sex": "Sex",
    "age_band": "Age",
    "tenure_band": "Years of service",
}
DASH = "\u2013"  # where there is no figure
# Employment law's rule of thumb, and its inverse; shaded in the pictures so that an eye has a measure.
FOUR_FIFTHS, FIVE_FOURTHS = 0.8, 1.25


@dataclass(frozen=True)
class Page:
    """A report as it is kept and shown."""

    content: str
    sha256: str
    pictures: dict[str, str]


@dataclass(frozen=True)
class GroupRow:
    """One group of the audit, as a row of a table."""

    name: str
    is_reference: bool
    n_officers: int
    rates: dict[str, GroupRate]


@dataclass(frozen=True)
class FairnessTable:
    """One attribute of the audit, over all test dates."""

    attribute: str
    title: str
    rows: list[GroupRow]
    not_told: str | None
    picture: str | None


def render(facts: Facts) -> Page:
    """The page: the same facts give the same bytes."""
    pictures = draw(facts)
    environment = open_templates()
    environment.filters |= {
        "percent": say_percent,
        "share": say_share,
        "signed": say_signed,
        "family": palette.name_family,
    }
    content = environment.get_template(TEMPLATE).render(
        facts=facts,
        chosen=facts.chosen,
        palette=palette,
        pictures=pictures,
        name_group=lambda group: palette.name_group(group, facts.group),
        shown=plots.list_shown(facts),
        comparison=say_comparison(facts),
        comparisons=[c for c in facts.comparisons if c.list_kind == AS_FLAGGED],
        at_capacity=[c for c in facts.comparisons if c.list_kind == AT_CAPACITY],
        has_thresholds=THRESHOLD_SYSTEM in facts.precision,
        calibration=say_calibration(facts),
        fairness=tabulate_fairness(facts),
        fairness_in_short=say_fairness(facts),
        rate_names=SHOWN_RATES,
    )
    return Page(content, hashlib.sha256(content.encode()).hexdigest(), pictures)


def draw(facts: Facts) -> dict[str, str]:
    """Every picture of the page, with what it shows in words."""
    precision, recall = plots.draw_curves(facts)
    model = facts.precision[facts.group]
    first, last = facts.test_dates[0], facts.test_dates[-1]
    pictures = {
        "performance": plots.to_svg(
            plots.draw_performance(facts),
            "performance",
            f"Precision of the list of {facts.capacity} officers from {first:%B %Y} to {last:%B %Y}: "
            + "; ".join(
                f"{palette.name_group(group, facts.group)} {say_percent(facts.precision[group].mean)} on average"
                for group in plots.list_shown(facts)
            ),
        ),
        "precision": plots.to_svg(
            precision,
            "precision",
            f"Precision falls with the length of the list; at capacity {say_percent(model.mean)}",
        ),
        "recall": plots.to_svg(
            recall,
            "recall",
            "Recall grows with the length of the list; at capacity "
            f"{say_percent(facts.recall[facts.group].mean)} of those with the outcome are listed",
        ),
        "calibration": plots.to_svg(plots.draw_calibration(facts), "calibration", say_calibration(facts)),
        "families": plots.to_svg(
            plots.draw_bars(
                [name for name, _ in facts.families],
                [count for _, count in facts.families],
                "features that the model uses",
            ),
            "families",
            "Number of features by family: " + ", ".join(f"{name} {count}" for name, count in facts.families),
        ),
    }
    if facts.importance:
        names, values = zip(*facts.importance, strict=True)
        pictures["importance"] = plots.to_svg(
            plots.draw_bars(names, values, "mean effect, in log-odds"),
            "importance",
            "Mean effect on a score by family of features: "
            + ", ".join(f"{palette.name_family(name)} {value:.2f}" for name, value in facts.importance),
        )
    return pictures


def say_percent(value: float | None, digits: int = 0) -> str:
    """0.347 -> `35 %`; with a space that does not break."""
    return DASH if value is None else f"{100 * value:.{digits}f}\u00a0%"


def say_share(estimate: Estimate | GroupRate | None) -> str:
    """A rate with its interval: `35 % (30 to 41)`."""
    if estimate is None or estimate.value is None:
        return DASH
    low, high = (
        (estimate.low, estimate.high) if isinstance(estimate, Estimate) else (estimate.value_low, estimate.value_high)
    )
    # Small rates keep two figures that say something: a hundred of 12,000 officers are not `1 %`.
    digits = 0 if estimate.value == 0 or estimate.value >= 0.1 else 1 if estimate.value >= 0.01 else 2
    if low is None or high is None:
        return say_percent(estimate.value, digits)
    return f"{say_percent(estimate.value, digits)} ({100 * low:.{digits}f} to {100 * high:.{digits}f})"


def say_signed(value: float, digits: int = 0) -> str:
    """A difference with its sign, a true minus sign."""
    return f"{value:+,.{digits}f}".replace("-", "\u2212")


def say_ratio(ratio: Estimate) -> str:
    """A ratio with its interval: `0.83 (0.45 to 1.49)`."""
    high = "unbounded" if ratio.high is None else f"{ratio.high:.2f}"
    return f"{ratio.value:.2f} ({ratio.low or 0:.2f} to {high})"


def say_comparison(facts: Facts) -> str:
    """What the model finds that the threshold rules do not, in a sentence that says no more than the interval."""
    fact = facts.overall(AS_FLAGGED) or facts.overall(AT_CAPACITY)
    if fact is None or fact.more_found_low is None or fact.more_found_high is None:
        return "The department declares no threshold rules, so there is no threshold system to compare with."
    # The rules may flag nobody; then only lists of the department's own size can be compared.
    own = {AS_FLAGGED: "as long as the threshold system's own", AT_CAPACITY: f"of {facts.capacity} officers"}
    lists = f"On lists {own[fact.list_kind]} ({fact.list_size:,.0f} flags at {len(facts.test_dates)} test dates)"
    found = f"{fact.found:,.0f} officers with the outcome against {fact.found_by_thresholds:,.0f}"
    interval = f"difference {say_signed(fact.more_found_low)} to {say_signed(fact.more_found_high)}"
    if fact.more_found_low > 0:
        return f"{lists} the model found more: {found} ({interval}). {say_shares(fact)}"
    if fact.more_found_high < 0:
        return f"{lists} the model found fewer: {found} ({interval})."
    return f"{lists} the model cannot be told from the threshold system: {found} ({interval})."


def say_shares(fact: ComparisonFact) -> str:
    """The same as shares: of what the threshold system found, and of what it flagged in vain."""
    if fact.more_found_share is None or fact.fewer_false_share is None:
        return ""
    return (
        f"That is {say_percent(fact.more_found_share)} more found and {say_percent(fact.fewer_false_share)} fewer "
        "flagged in vain."
    )


def say_calibration(facts: Facts) -> str:
    """How far what happened was from what was predicted, over all and where the list is taken from."""
    highest = facts.bins[-1]
    return (
        f"Of the tenth of officers with the highest scores, {say_percent(highest.predicted)} were predicted to have "
        f"the outcome and {say_share(highest.observed)} had it."
    )


def tabulate_fairness(facts: Facts) -> list[FairnessTable]:
    """The audit over all test dates, one table an attribute, the reference group first."""
    pooled = [fact.rate for fact in facts.fairness if fact.test_as_of_date is None and not fact.is_mitigated]
    tables = []
    audited = {rate.attribute for rate in pooled} - {EVERYBODY}
    for attribute in [*(name for name in ATTRIBUTES if name in audited), *sorted(audited - set(ATTRIBUTES))]:
        rates = [rate for rate in pooled if rate.attribute == attribute]
        rows = list_groups(rates)
        title = " and ".join(ATTRIBUTES.get(part, part).lower() for part in attribute.split(" and ")).capitalize()
        tables.append(FairnessTable(attribute, title, rows, say_not_told(rates), draw_ratios(attribute, rows)))
    return tables


def list_groups(rates: Sequence[GroupRate]) -> list[GroupRow]:
    """Groups of one attribute that can be told about: the reference group, then bands upwards and names by letter."""
    rows = []
    for name in dict.fromkeys(rate.group_name for rate in rates):
        own = {rate.metric: rate for rate in rates if rate.group_name == name}
        some = own["flag_rate"]
        if some.value is not None:
            rows.append(GroupRow(name, some.is_reference, some.n_officers, own))
    return sorted(rows, key=lambda row: (not row.is_reference, find_place(row.name), row.name))


def find_place(name: str) -> int:
    """Where a band stands: `under 30 years old` is the lowest, others go by their first number."""
    number = re.search(r"\d+", name)
    return 0 if name.startswith("under ") or number is None else int(number.group())


def say_not_told(rates: Sequence[GroupRate]) -> str | None:
    """Groups of which nothing is told, with the reason; none if there are none."""
    silent = [rate for rate in rates if rate.metric == "flag_rate" and rate.value is None]
    if not silent:
        return None
    names = "; ".join(f"{rate.group_name} ({rate.n_officers:,})" for rate in silent)
    return f"Not told about, because each holds {silent[0].suppressed_because}: {names}."


def draw_ratios(attribute: str, rows: Sequence[GroupRow]) -> str | None:
    """Recall of each group over the reference group's; none where no group can be compared."""
    known = {
        row.name: Estimate(rate.ratio, rate.ratio_low, rate.ratio_high)
        for row in rows
        if (rate := row.rates.get("recall")) and rate.ratio is not None
    }
    if not known:
        return None
    reference = next(row.name for row in rows if row.is_reference)
    names = [name.replace(" years old", "").replace(" years of service", "") for name in known]
    figure = plots.draw_groups(
        names, list(known.values()), FOUR_FIFTHS, FIVE_FOURTHS, f"recall, over that of {reference}"
    )
    words = "; ".join(f"{name} {say_ratio(ratio)}" for name, ratio in known.items())
    identifier = "ratios-" + attribute.replace(" ", "-")
    return plots.to_svg(figure, identifier, f"Recall over that of {reference}, with intervals: {words}")


def say_fairness(facts: Facts) -> str:
    """How many groups are certainly found less, or flagged in vain more, than the reference group."""
    rates = [
        fact.rate
        for fact in facts.fairness
        if fact.test_as_of_date is None and not fact.is_mitigated and fact.rate.attribute in ("race", "sex")
    ]
    compared = [rate for rate in rates if rate.ratio is not None]
    missed = [
        rate.group_name
        for rate in compared
        if rate.metric == "recall" and rate.ratio_high is not None and rate.ratio_high < 1
    ]
    burdened = [
        rate.group_name
        for rate in compared
        if rate.metric == "false_positive_rate" and rate.ratio_low is not None and rate.ratio_low > 1
    ]
    if not compared:
        return "Groups are too small, or too few of them are listed, to say how the list treats them."
    parts = [
        f"Found less often than the reference group when they have the outcome: {', '.join(missed)}." if missed else "",
        f"Listed more often in vain than the reference group: {', '.join(burdened)}." if burdened else "",
    ]
    return " ".join(part for part in parts if part) or (
        "By race and sex, no group is certainly found less often, or listed more often in vain, than the reference "
        "group; the intervals say how much could go unseen."
    )
