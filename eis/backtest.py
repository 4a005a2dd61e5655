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
        except psycopg.errors.UndefinedTable as error:
            raise EisError("There is no backtest in the warehouse yet. Run: eis run") from error
    reference = read_reference(department_folder / REFERENCE)
    outcomes = sorted({figure.outcome for figure in figures})
    return "\n".join(line for outcome in outcomes for line in tell_outcome(outcome, figures, steps, reference))


def read_reference(path: Path) -> list[dict[str, str]]:
    """Figures that somebody else measured, if the department has some."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tell_outcome(
    outcome: str, figures: Sequence[Figure], steps: Sequence[Step], reference: Sequence[dict[str, str]]
) -> Iterator[str]:
    """The tables of one outcome."""
    own = [figure for figure in figures if figure.outcome == outcome]
    n_dates = max(figure.n_dates for figure in own)
    yield f"### {outcome}\n"
    yield f"Means over {n_dates} test dates, 95 % intervals over officers.\n"
    yield "| | model | AUC | precision at 5 % |\n|---|---|---|---|"
    for row in reference:
        if row["outcome"] == outcome:
            yield f"| reference | {row['method']} | {row['auc']} | {row['precision_5']} |"
    plain = [figure for figure in own if not figure.compared_with]
    for group, kind in dict.fromkeys((figure.model_group, figure.kind) for figure in plain):
        yield f"| {KINDS[kind]} | {group} | {find(plain, group, 'auc')} | {find(plain, group, 'precision')} |"
    yield "\nWhat was selected, less each baseline:\n\n| baseline | AUC | precision at 5 % |\n|---|---|---|"
    against = [figure for figure in own if figure.kind == "selected" and figure.compared_with]
    for baseline in dict.fromkeys(figure.compared_with for figure in against):
        gaps = [figure for figure in against if figure.compared_with == baseline]
        yield f"| {baseline} | {find(gaps, 'selected', 'auc', '+')} | {find(gaps, 'selected', 'precision', '+')} |"
    chosen = [step for step in steps if step.outcome == outcome]
    walked = ", ".join(f"{step.decided_on}: {step.model_group}" for step in chosen if step.is_test_date)
    yield f"\nChosen at the time: {walked}."
    yield from (f"Now ({step.decided_on}): {step.verdict}\n" for step in chosen if not step.is_test_date)


def find(figures: Sequence[Figure], group: str, metric: str, sign: str = "") -> str:
    """A figure in words, with its interval."""
    for figure in figures:
        if (figure.model_group, figure.metric) == (group, metric):
            interval = "" if figure.lower is None else f" [{figure.lower:{sign}.3f}, {figure.upper:{sign}.3f}]"
            return f"{figure.value:{sign}.3f}{interval}"
    return ""
