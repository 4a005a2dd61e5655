"""Pictures of a backtest as PNG bytes, for Dagster's metadata and for reports."""

import datetime as dt
import io
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from ml.registry import EvaluationRow

CANDIDATE_COLOURS = ("#0b5394", "#b45f06", "#38761d", "#741b47", "#134f5c", "#7f6000")
BASELINE_COLOUR = "#9a9a9a"


def plot_backtest(evaluations: Sequence[EvaluationRow], outcome: str, list_parameter: str = "5%") -> bytes:
    """Precision of the list and AUC over the test dates: candidates in colour, baselines grey and dashed."""
    rows = [row for row in evaluations if row.outcome == outcome]
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw(left, rows, "precision", list_parameter)
    left.set_title(f"Precision of the list ({list_parameter} of the cohort)", loc="left", fontsize=10)
    left.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    left.set_ylim(bottom=0)
    _draw(right, rows, "auc", "")
    right.set_title("AUC", loc="left", fontsize=10)
    figure.suptitle(f"Backtest: {outcome}", x=0.01, ha="left", fontsize=12, fontweight="bold")
    picture = io.BytesIO()
    FigureCanvasAgg(figure).print_png(picture)
    return picture.getvalue()


def _draw(axes: Axes, rows: Sequence[EvaluationRow], metric: str, parameter: str) -> None:
    """One line per model group, with its name at the line's end."""
    lines: dict[tuple[bool, str], list[tuple[dt.date, float]]] = {}
    for row in rows:
        if (row.metric, row.parameter) == (metric, parameter):
            lines.setdefault((row.is_baseline, row.model_group), []).append((row.test_as_of_date, row.value))
    candidates = sorted(group for is_baseline, group in lines if not is_baseline)
    ends = []
    for (is_baseline, group), points in sorted(lines.items(), reverse=True):
        dates, values = zip(*sorted(points), strict=True)
        colour = BASELINE_COLOUR if is_baseline else CANDIDATE_COLOURS[candidates.index(group) % len(CANDIDATE_COLOURS)]
        axes.plot(dates, values, color=colour, linestyle="--" if is_baseline else "-", marker="o", markersize=3)
        ends.append((values[-1], dates[-1], group, colour))
    _label_ends(axes, ends)
    axes.set_xticks(sorted({date for points in lines.values() for date, _ in points}))
    axes.tick_params(axis="x", labelsize=8)
    axes.xaxis.set_major_formatter(lambda days, _: (dt.date(1970, 1, 1) + dt.timedelta(days)).strftime("%Y-%m"))
    axes.spines[["top", "right"]].set_visible(False)


def _label_ends(axes: Axes, ends: Sequence[tuple[float, dt.date, str, str]]) -> None:
    """Names beside the lines' ends."""
    low, high = axes.get_ylim()
    ends = sorted(ends)
    places = spread([value for value, *_ in ends], (high - low) * 0.055)
    for place, (value, date, group, colour) in zip(places, ends, strict=True):
        axes.annotate(
            group,
            xy=(date, value),
            xytext=(1.04, place),
            textcoords=axes.get_yaxis_transform(),
            color=colour,
            fontsize=8,
            va="center",
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.5},
        )


def spread(values: Sequence[float], distance: float) -> list[float]:
    """Ascending values moved apart to a least distance, each cluster staying around its middle."""
    clusters: list[list[float]] = []
    for value in values:
        clusters.append([value])
        while len(clusters) > 1 and _reach(clusters[-2], distance)[1] > _reach(clusters[-1], distance)[0]:
            last = clusters.pop()
            clusters[-1].extend(last)
    return [
        _reach(cluster, distance)[0] + (place + 0.5) * distance for cluster in clusters for place in range(len(cluster))
    ]


def _reach(cluster: Sequence[float], distance: float) -> tuple[float, float]:
    """Lower and upper edge of a cluster of names."""
    middle, half = sum(cluster) / len(cluster), len(cluster) * distance / 2
    return middle - half, middle + half
