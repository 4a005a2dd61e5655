"""The backtest as a table for people: reference figures, baselines, candidates, and what was selected at the time.

Belongs here: reading `monitoring` and laying it out as Markdown. Does not: computing any figure.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import psycopg

from eis.errors import EisError

REFERENCE = "reference.csv"
LIST = "5%"
KINDS = {"baseline": "baseline", "candidate": "candidate", "selected": "**selected**"}

FIGURES = """
select outcome, model_group, kind, compared_with, metric, value, lower, upper, n_dates
from monitoring.model_comparison
where (metric, parameter) in (('auc', ''), ('precision', %s))
order by outcome, array_position(array['baseline', 'candidate', 'selected'], kind), model_group, compared_with
"""
STEPS = """
select outcome, decided_on, is_test_date, model_group, verdict
from monitoring.selection_steps
order by outcome, is_test_date desc, decided_on
"""


LISTS = """
select outcome, model_group, list_kind, list_size, found, found_by_thresholds,
    more_found, more_found_low, more_found_high, more_found_share, fewer_false_share
from monitoring.threshold_comparison
where is_selected and test_as_of_date is null
order by outcome, list_kind
"""


class Figure(NamedTuple):
    """One mean over the test dates, or one difference of means, with its interval."""

    outcome: str
    model_group: str
    kind: str
    compared_with: str
    metric: str
    value: float
    lower: float | None
    upper: float | None
    n_dates: int


class ListFigure(NamedTuple):
    """What the model that scores now and the threshold system find on lists of equal size, all test dates together."""

    outcome: str
    model_group: str
    list_kind: str
    list_size: float
    found: float
    found_by_thresholds: float
    more: float
    more_low: float
    more_high: float
    more_share: float | None
    fewer_false_share: float | None


class Step(NamedTuple):
    """What the rule chose at one date."""

    outcome: str
    decided_on: object
    is_test_date: bool
    model_group: str | None
    verdict: str


def tell_backtest(url: str, department_folder: Path) -> str:
    """The tables as Markdown.

    Raises:
        EisError: there is no backtest in the warehouse yet.
    """
    with psycopg.connect(url) as connection:
        try:
            figures = [Figure(*row) for row in connection.execute(FIGURES, [LIST])]
            steps = [Step(*row) for row in connection.execute(STEPS)]
            lists = [ListFigure(*row) for row in connection.execute(LISTS)]
        except psycopg.errors.UndefinedTable as error:
            raise EisError("There is no backtest in the warehouse yet. Run: eis run") from error
    return tell(figures, steps, lists, read_reference(department_folder / REFERENCE))


def tell(
    figures: Sequence[Figure],
    steps: Sequence[Step],
    lists: Sequence[ListFigure],
    reference: Sequence[dict[str, str]],
) -> str:
    """Everything about each outcome."""
    lines: list[str] = []
    for outcome in sorted({figure.outcome for figure in figures}):
        own = [figure for figure in figures if figure.outcome == outcome]
        lines += tell_outcome(outcome, own, [row for row in reference if row["outcome"] == outcome])
        lines += tell_lists([row for row in lists if row.outcome == outcome])
        lines += tell_steps([step for step in steps if step.outcome == outcome])
    return "\n".join(lines)


def read_reference(path: Path) -> list[dict[str, str]]:
    """Figures that somebody else measured, if the department has some."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tell_outcome(outcome: str, figures: Sequence[Figure], reference: Sequence[dict[str, str]]) -> Iterator[str]:
    """Every model group of an outcome, and what was selected beside the reference and less each baseline."""
    n_dates = max(figure.n_dates for figure in figures)
    yield f"### {outcome}\n"
    yield f"Means over {n_dates} test dates, 95 % intervals over officers.\n"
    yield "| | model | AUC | precision at 5 % |\n|---|---|---|---|"
    for row in reference:
        yield f"| reference | {row['method']} | {row['auc']} | {row['precision_5']} |"
    plain = [figure for figure in figures if not figure.compared_with]
    for group, kind in dict.fromkeys((figure.model_group, figure.kind) for figure in plain):
        yield f"| {KINDS[kind]} | {group} | {find(plain, group, 'auc')} | {find(plain, group, 'precision')} |"
    yield "\nWhat was selected, less each other:\n\n| less | AUC | precision at 5 % |\n|---|---|---|"
    if reference:
        gaps = [subtract_best(plain, reference, *number) for number in (("auc", "auc"), ("precision", "precision_5"))]
        yield f"| the better reference (its scores are not at hand: no interval) | {gaps[0]} | {gaps[1]} |"
    against = [figure for figure in figures if figure.kind == "selected" and figure.compared_with]
    for baseline in dict.fromkeys(figure.compared_with for figure in against):
        own = [figure for figure in against if figure.compared_with == baseline]
        yield f"| {baseline} | {find(own, 'selected', 'auc', '+')} | {find(own, 'selected', 'precision', '+')} |"


def subtract_best(figures: Sequence[Figure], reference: Sequence[dict[str, str]], metric: str, column: str) -> str:
    """What was selected less the best reference figure."""
    best = max(float(row[column]) for row in reference)
    own = next(figure for figure in figures if (figure.kind, figure.metric) == ("selected", metric))
    return f"{own.value - best:+.4f}"


def tell_lists(lists: Sequence[ListFigure]) -> Iterator[str]:
    """The model that scores now beside the threshold system; nothing where there is none."""
    if not lists:
        return
    yield f"\n{lists[0].model_group} and the threshold system on lists of equal size, all test dates together:\n"
    yield "| list | officers | found | by the rules | more found | more in % | flagged in vain, less in % |"
    yield "|---|---|---|---|---|---|---|"
    for row in lists:
        more = f"{row.more:+.1f} [{row.more_low:+.1f}, {row.more_high:+.1f}]"
        shares = " | ".join(
            "" if share is None else f"{100 * share:.0f}" for share in (row.more_share, row.fewer_false_share)
        )
        found = f"{row.list_size:,.0f} | {row.found:,.1f} | {row.found_by_thresholds:,.1f}"
        yield f"| {row.list_kind} | {found} | {more} | {shares} |"


def tell_steps(steps: Sequence[Step]) -> Iterator[str]:
    """What the rule chose at each test date, and now."""
    walked = ", ".join(
        f"{step.decided_on}: {step.model_group or 'nobody, all refused'}" for step in steps if step.is_test_date
    )
    yield f"\nChosen at the time: {walked}."
    yield from (f"Now ({step.decided_on}): {step.verdict}\n" for step in steps if not step.is_test_date)


def find(figures: Sequence[Figure], group: str, metric: str, sign: str = "") -> str:
    """A figure in words, with its interval."""
    for figure in figures:
        if (figure.model_group, figure.metric) == (group, metric):
            interval = "" if figure.lower is None else f" [{figure.lower:{sign}.3f}, {figure.upper:{sign}.3f}]"
            return f"{figure.value:{sign}.4f}{interval}"
    return ""
