"""The backtest as tables: each figure stands where its name says."""

from eis.backtest import Figure, ListFigure, Step, tell

FIGURES = [
    Figure("complaint", group, kind, less, metric, value, value - 0.01, value + 0.01, 5)
    for group, kind, less, metric, value in (
        ("complaints_2y", "baseline", "", "auc", 0.671),
        ("complaints_2y", "baseline", "", "precision", 0.664),
        ("blend", "candidate", "", "auc", 0.742),
        ("selected", "selected", "", "auc", 0.7416),
        ("selected", "selected", "", "precision", 0.7),
        ("selected", "selected", "complaints_2y", "auc", 0.0706),
    )
]
STEPS = [
    Step("complaint", "2011-01-01", True, "logistic", "simplest"),
    Step("complaint", "2016-01-01", False, "blend", "blend: the best."),
]
LISTS = [ListFigure("complaint", "blend", "capacity", 500.0, 430.0, 350.5, 79.5, 50.0, 110.0, 0.2268, None)]
REFERENCE = [
    {"outcome": "complaint", "method": "logistic", "auc": ".739", "precision_5": ".713"},
    {"outcome": "complaint", "method": "boosting", "auc": ".741", "precision_5": ".707"},
    {"outcome": "sustained", "method": "boosting", "auc": ".660", "precision_5": ".079"},
]


def test_every_group_stands_beside_the_reference() -> None:
    told = tell(FIGURES, STEPS, LISTS, REFERENCE)
    assert "| reference | boosting | .741 | .707 |" in told
    assert ".660" not in told
    assert "| candidate | blend | 0.7420 [0.732, 0.752] |  |" in told
    assert "| **selected** | selected | 0.7416 [0.732, 0.752] | 0.7000 [0.690, 0.710] |" in told


def test_what_was_selected_is_less_the_better_reference_of_each_metric_and_each_baseline() -> None:
    told = tell(FIGURES, STEPS, LISTS, REFERENCE)
    assert "no interval) | +0.0006 | -0.0130 |" in told
    assert "| complaints_2y | +0.0706 [+0.061, +0.081] |  |" in told
    assert "the better reference" not in tell(FIGURES, STEPS, LISTS, [])


def test_lists_of_equal_size_say_what_more_is_found() -> None:
    told = tell(FIGURES, STEPS, LISTS, REFERENCE)
    assert "| capacity | 500 | 430.0 | 350.5 | +79.5 [+50.0, +110.0] | 23 |  |" in told
    assert "lists of equal size" not in tell(FIGURES, STEPS, [], REFERENCE)


def test_choices_stand_with_their_dates() -> None:
    told = tell(FIGURES, STEPS, LISTS, REFERENCE)
    assert "Chosen at the time: 2011-01-01: logistic." in told
    assert "Now (2016-01-01): blend: the best." in told
