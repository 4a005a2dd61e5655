"""A report's pictures, as SVG to stand inside the page: text stays text, and a phone's width is enough to read it.

Belongs here: drawing facts. Does not: choosing them (`facts`), colours of the page (`palette`).
"""

import datetime as dt
import io
import re
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from ml.intervals import Estimate
from ml.report.facts import THRESHOLD_SYSTEM, Facts, Line
from ml.report.palette import COUNT, GRID, INK, MODEL, RULES, name_family, name_group

WIDTH, HEIGHT = 5.2, 3.1  # inches at 72 points: as wide as a phone, so that text keeps its size
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "eis",
    "font.family": "sans-serif",
    "font.sans-serif": ["Helvetica", "Arial", "DejaVu Sans"],
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
WITHOUT_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


def draw_figure(height: float = HEIGHT) -> tuple[Figure, Axes]:
    """An empty picture in the page's style."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots()


def to_svg(figure: Figure, name: str, alt: str) -> str:
    """An `<svg>` element whose identifiers are its own on the page, and which says in words what it shows."""
    written = io.StringIO()
    with mpl.rc_context(STYLE):
        FigureCanvasSVG(figure).print_svg(written, metadata=WITHOUT_METADATA)
    svg = written.getvalue()
    svg = svg[svg.index("<svg") :]
    viewbox = re.search(r'viewBox="[^"]+"', svg)
    body = svg[svg.index(">") + 1 :]
    body = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', body)
    body = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", body)
    return f'<svg role="img" aria-label="{alt}" {viewbox.group() if viewbox else ""}>{body}'


def style_of(group: str, selected: str) -> tuple[str, str, str]:
    """Colour, line and marker of a group: told apart without colour too."""
    if group == selected:
        return MODEL, "-", "o"
    return (RULES, "--", "s") if group == THRESHOLD_SYSTEM else (COUNT, ":", "^")


def draw_performance(facts: Facts) -> Figure:
    """Precision of the list at each test date, beside the baselines."""
    with mpl.rc_context(STYLE):
        figure, axes = draw_figure()
        for group in list_shown(facts):
            colour, line, marker = style_of(group, facts.group)
            draw_line(axes, facts.precision[group], colour, line, marker, name_group(group, facts.group))
        axes.axhline(facts.base_rate, color=INK, linewidth=0.8)
        axes.annotate("all officers", (1, facts.base_rate), xycoords=("axes fraction", "data"), ha="right", va="bottom")
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.set_ylabel("of the list had the outcome")
        mark_dates(axes, facts.test_dates)
        add_legend(figure, axes)
    return figure


def draw_line(axes: Axes, line: Line, colour: str, style: str, marker: str, label: str) -> None:
    """One group over the test dates, with intervals where they were computed."""
    dates = sorted(line.points)
    points = [line.points[date] for date in dates]
    positions = [to_years(date) for date in dates]
    axes.plot(
        positions, [p.value for p in points], color=colour, linestyle=style, marker=marker, markersize=5, label=label
    )
    with_interval = [(x, p) for x, p in zip(positions, points, strict=True) if p.low is not None and p.high is not None]
    if label.startswith("this model") and with_interval:
        axes.fill_between(
            [x for x, _ in with_interval],
            [p.low or 0.0 for _, p in with_interval],
            [p.high or 0.0 for _, p in with_interval],
            color=colour,
            alpha=0.15,
            linewidth=0,
        )


def draw_curves(facts: Facts) -> tuple[Figure, Figure]:
    """Precision, and recall, by the length of the list."""
    figures = []
    size = facts.capacity / facts.mean_cohort
    for field, words in (("precision", "of the list had the outcome"), ("recall", "of those with it are listed")):
        with mpl.rc_context(STYLE):
            figure, axes = draw_figure()
            for curve in facts.curves:
                colour, line, _ = style_of(curve.group, facts.group)
                values = getattr(curve, field)
                axes.plot(
                    curve.shares, values, color=colour, linestyle=line, label=name_group(curve.group, facts.group)
                )
            if size <= max(facts.curves[0].shares):
                axes.axvline(size, color=INK, linewidth=0.8)
                axes.annotate(
                    f" {facts.capacity} officers", (size, 0.02), xycoords=("data", "axes fraction"), va="bottom"
                )
            axes.set_ylim(bottom=0)
            axes.set_xlim(left=0)
            axes.set_xticks([0, 0.05, 0.1, 0.15, 0.2])
            axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
            axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
            axes.set_xlabel("length of the list, share of all officers")
            axes.set_ylabel(words)
            add_legend(figure, axes)
            figures.append(figure)
    return figures[0], figures[1]


def draw_calibration(facts: Facts) -> Figure:
    """What was predicted against what happened, a tenth of the officers each."""
    with mpl.rc_context(STYLE):
        figure, axes = draw_figure(height=3.6)
        top = max([point.observed.high or 0.0 for point in facts.bins] + [point.predicted for point in facts.bins])
        axes.plot([0, top], [0, top], color=INK, linewidth=0.8)
        axes.annotate("as predicted", (top, top), ha="right", va="top", rotation=0)
        for point in facts.bins:
            ends = [point.observed.low or 0.0, point.observed.high or 0.0]
            axes.plot([point.predicted] * 2, ends, color=MODEL, linewidth=1.2)
        axes.plot(
            [point.predicted for point in facts.bins],
            [point.observed.value for point in facts.bins],
            color=MODEL,
            marker="o",
            linestyle="none",
        )
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.set_xlabel("predicted")
        axes.set_ylabel("happened")
    return figure


def draw_bars(names: Sequence[str], values: Sequence[float], unit: str) -> Figure:
    """Bars from the longest to the shortest, each with its name."""
    with mpl.rc_context(STYLE):
        figure, axes = draw_figure(height=0.6 + 0.27 * len(names))
        places = np.arange(len(names))[::-1]
        axes.barh(places, values, color=MODEL, height=0.65)
        axes.set_yticks(places, [name_family(name) for name in names])
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(unit)
        axes.grid(axis="x", color=GRID, linewidth=0.6)
        axes.set_axisbelow(True)
    return figure


def draw_groups(names: Sequence[str], ratios: Sequence[Estimate], least: float, most: float, label: str) -> Figure:
    """Ratios to the reference group with their intervals, on a scale where half and double are equally far from one."""
    with mpl.rc_context(STYLE):
        figure, axes = draw_figure(height=0.9 + 0.3 * len(names))
        places = np.arange(len(names))[::-1]
        low_end, high_end = 0.2, 5.0
        axes.axvspan(max(least, low_end), min(most, high_end), color=GRID, zorder=0)
        axes.axvline(1, color=INK, linewidth=0.8)
        for place, ratio in zip(places, ratios, strict=True):
            low, high = max(ratio.low or low_end, low_end), min(ratio.high or high_end, high_end)
            axes.plot([low, high], [place, place], color=MODEL, linewidth=1.5)
            axes.plot(min(max(ratio.value, low_end), high_end), place, color=MODEL, marker="o")
        axes.set_xscale("log")
        axes.set_xlim(low_end, high_end)
        axes.set_xticks([0.2, 0.5, 1, 2, 5], ["⅕", "½", "1", "2", "5"])
        axes.minorticks_off()
        axes.set_yticks(places, names)
        axes.set_ylim(-0.6, len(names) - 0.4)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(label)
    return figure


def list_shown(facts: Facts) -> list[str]:
    """Groups that pictures compare: the selected one, the threshold system, the best count."""
    wanted = (facts.group, THRESHOLD_SYSTEM, facts.best_count)
    return [group for group in wanted if group and group in facts.precision]


def to_years(date: dt.date) -> float:
    """A date as a number on an axis."""
    return date.year + (date.month - 1) / 12


def mark_dates(axes: Axes, dates: Sequence[dt.date]) -> None:
    """Test dates as ticks."""
    axes.set_xticks([to_years(date) for date in dates], [f"{date:%b %Y}" for date in dates])
    axes.margins(x=0.08)


def add_legend(figure: Figure, axes: Axes) -> None:
    """Names above the picture, one below the other: they fit a phone."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", frameon=False, ncols=1)
