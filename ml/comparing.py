"""Model groups side by side: means over the test dates, and differences of means, with intervals.

Officers are drawn once for all dates and groups of an outcome, so that a difference is between the same officers.
Belongs here: pure functions of what judging left. Does not: the draws themselves (`ml.resampling`).
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ml.intervals import summarise
from ml.registry import ComparisonRow, Kind, ModelDraws
from ml.resampling import Draws
from ml.settings import Experiment

SELECTED = "selected"
Number = tuple[str, str]


def compare(
    models: Sequence[ModelDraws],
    chosen: Mapping[dt.date, str | None],
    experiment: Experiment,
    experiment_id: str,
    outcome: str,
    selection_id: str,
) -> list[ComparisonRow]:
    """Every group by itself; candidates and what was selected against every baseline; variations against the reference.

    `chosen` is the walk forward: test date -> the group chosen for it then.
    """
    kinds: dict[str, Kind] = {model.model_group: model.kind for model in models}
    by_date: dict[tuple[str, Number], dict[dt.date, Draws]] = {}
    for model in models:
        number = model.metric, model.parameter
        by_date.setdefault((model.model_group, number), {})[model.test_as_of_date] = np.array(model.draws)
        if chosen.get(model.test_as_of_date) == model.model_group:
            by_date.setdefault((SELECTED, number), {})[model.test_as_of_date] = np.array(model.draws)
    rows = []
    for (group, number), own in by_date.items():
        for other in find_rivals(group, kinds, experiment.grid.reference):
            theirs = by_date.get((other, number), {})
            dates = sorted(own if not other else own.keys() & theirs.keys())
            if dates:
                draws = np.mean([own[date] - (theirs[date] if other else 0.0) for date in dates], axis=0)
                value, low, high = summarise(draws)
                rows.append(
                    ComparisonRow(
                        selection_id, experiment_id, outcome, group, other, *number, len(dates), value, low, high
                    )
                )
    return [row for row in rows if np.isfinite(row.value)]


def find_rivals(group: str, kinds: Mapping[str, Kind], reference: str) -> Iterator[str]:
    """Nobody, which is the figure itself, and the groups that one is compared with."""
    yield ""
    if group == SELECTED or kinds[group] == "candidate":
        yield from (other for other, kind in kinds.items() if kind == "baseline")
    elif kinds[group] == "variation":
        yield reference
