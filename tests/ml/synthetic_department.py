"""A synthetic department as dbt would leave it: rows of the interface tables."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.estimators import Recipe, cook_candidate
from ml.settings import Experiment
from ml.splits import add_months

FEATURES = (
    "career_tenure_years",
    "complaints_reported_12m",
    "complaints_reported_24m",
    "complaints_reported_60m",
    "complaints_reported_days_since",
    "force_reports_12m",
)
DATES = [dt.date(year, month, 1) for year in range(2010, 2016) for month in (1, 7)]
N_OFFICERS = 150


@dataclass
class Synthetic:
    """Rows of the interface tables."""

    features: list[tuple]
    labels: list[tuple]
    decisions: list[tuple]


def make_department(seed: int = 1) -> Synthetic:
    """Officers with a latent risk that their counts show imperfectly; findings take eight months."""
    rng = np.random.default_rng(seed)
    risk = rng.gamma(1.5, 0.5, N_OFFICERS)
    features, labels, decisions = [], [], []
    for date in DATES:
        for officer in np.flatnonzero(rng.random(N_OFFICERS) < 0.9):
            # Identifiers of several lengths, some beyond ASCII, not in the order of the numbers.
            officer_id = f"é{officer}" if officer % 7 == 0 else f"{officer * 37 % 1000}-{officer}"
            year, two, five = rng.poisson(risk[officer] * np.array([1, 2, 5]))
            days = float(rng.integers(1, 900)) if five else None
            features.append(
                (
                    officer_id,
                    date,
                    float(rng.gamma(9, 1)),
                    int(year),
                    int(two),
                    int(five),
                    days,
                    int(rng.poisson(risk[officer])),
                )
            )
            end = add_months(date, 12)
            is_positive = rng.random() < 1 - np.exp(-0.5 * risk[officer])
            happened = date + dt.timedelta(int(rng.integers(0, 365)))
            is_pending = end > add_months(DATES[-1], 1)
            for outcome, known_on in (("complaint", happened), ("sustained", happened + dt.timedelta(240))):
                if is_positive:
                    labels.append((officer_id, date, outcome, 12, 1, "positive", known_on))
                elif is_pending:
                    labels.append((officer_id, date, outcome, 12, None, "pending", None))
                else:
                    labels.append((officer_id, date, outcome, 12, 0, "negative", end))
            # One officer in three has a complaint in the window, decided after a year.
            if rng.random() < 1 / 3:
                decisions.append((officer_id, date, "sustained", 12, happened + dt.timedelta(365)))
    return Synthetic(features, labels, decisions)


def cook(experiment: Experiment, position: int, features: Sequence[str]) -> Recipe:
    """A candidate of the experiment, made ready."""
    grid = experiment.grid
    return cook_candidate(grid.candidates[position], features, grid.seed, grid.replay)
