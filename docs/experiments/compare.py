"""Replay variants of candidates on earlier dates or on the test years: the figures of docs/experiments.md.

    EIS_DEPARTMENT=chicago .venv/bin/python docs/experiments/compare.py complaint early logistic logistic+boosting

prints for each variant AUC, precision at 5 %, processor seconds a fit, and the difference to the first one with a 95 %
interval over officers drawn with replacement. `a+b` is the mean of the log-odds of two variants. The warehouse has to
hold features and labels (`eis run`).

Belongs here: variants that were tried. What is in use stands in ml/experiment.yml.
"""

import argparse
import datetime as dt
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from eis.department import load_department
from eis.postgres import Warehouse
from eis.settings import Settings
from ml import warehouse
from ml.calibration import to_log_odds
from ml.estimators import prepare_for_linear
from ml.evaluation import expect_hits, round_share
from ml.matrices import Flags, Floats, Labels, Matrix, Scores
from ml.splits import add_months, list_training_dates

# Parameters are chosen on these dates, and the test years of department.yml are looked at afterwards. Their windows end
# before the first test year's window begins, which for `sustained` is a year sooner.
EARLY = [dt.date(2008, 1, 1), dt.date(2009, 1, 1), dt.date(2010, 1, 1)]
EARLY_SUSTAINED = [dt.date(2007, 7, 1), dt.date(2008, 1, 1), dt.date(2008, 7, 1), dt.date(2009, 1, 1)]
HORIZON, LAG, N_DRAWS, SEED = 12, 12, 200, 20180401

# What counts the events that an outcome asks for at least one of.
COUNTS = {
    "complaint": "complaints_reported_12m",
    "force_complaint": "complaints_force_12m",
    "force_report": "force_reports_12m",
}
NO_SHORT = r"_(1m|3m)$"
OWN_COUNT = re.compile(
    r"^(complaints|force)_(reported|citizen|force|serious|reports|high_level|level_sum)_(\d+m|ever)$"
)
OWN_DAYS = re.compile(r"^(complaints|force)_(reported|reports)_days_since$")

# What a plain script would count: the main kinds of event over one, two and five years, the career, the unit.
COMPACT = (
    r"^(complaints_(reported|citizen|internal|force|serious|verbal|search|arrest|neglect|administrative|criminal|bias"
    r"|off_duty|sustained|not_sustained|no_affidavit)_(12m|24m|60m)"
    r"|complaints_(pending_now|reported_days_since|reported_ever|force_ever|sustained_ever)"
    r"|force_(reports|high_level|subject_injured|level_sum|officer_injured|firearm|taser)_(12m|24m|60m)"
    r"|force_reports_(ever|days_since)|career_.*|unit_(complaints|force)_(reported|force|reports)_(12m|24m)"
    r"|colleagues_(joint_complaints|joint_force|co_accused)_(12m|60m))$"
)


@dataclass(frozen=True)
class Lesson:
    """What a variant learns from at a date."""

    matrix: Matrix
    outcome: str
    rows: npt.NDArray[np.intp]
    is_positive: Flags
    date: dt.date
    features: list[str]


@dataclass(frozen=True)
class Variant:
    """One thing that was tried: an estimator on prepared features, with what it changes about the lesson."""

    learn: Callable[[Floats, Lesson, Floats], Scores]
    only: str = ""
    exclude: str = "(?!)"
    every_months: int = 12
    lag_months: int = LAG


def fit_logistic(shrinkage: float, half_life: float | None = None) -> Callable[[Floats, Lesson, Floats], Scores]:
    """Logistic regression; with a half-life in years, older years count for less."""

    def learn(X: Floats, lesson: Lesson, X_test: Floats) -> Scores:
        estimator = LogisticRegression(C=shrinkage, solver="newton-cholesky", tol=1e-3)
        pipeline = Pipeline([*prepare_for_linear(), ("estimate", estimator)])
        weights = None
        if half_life:
            age = (np.datetime64(lesson.date) - lesson.matrix.dates[lesson.rows]).astype(int) / 365.25
            weights = 0.5 ** (age / half_life)
            weights /= weights.mean()
        return pipeline.fit(X, lesson.is_positive, estimate__sample_weight=weights).decision_function(X_test)

    return learn


def fit_uncompressed(shrinkage: float) -> Callable[[Floats, Lesson, Floats], Scores]:
    """Logistic regression on raw counts, standardised only: what a plain script does."""

    def learn(X: Floats, lesson: Lesson, X_test: Floats) -> Scores:
        estimator = LogisticRegression(C=shrinkage, solver="newton-cholesky", tol=1e-3)
        return (
            Pipeline([*prepare_for_linear()[1:], ("estimate", estimator)])
            .fit(X, lesson.is_positive)
            .decision_function(X_test)
        )

    return learn


def fit_balanced(shrinkage: float) -> Callable[[Floats, Lesson, Floats], Scores]:
    """Logistic regression in which both kinds of officer weigh the same."""

    def learn(X: Floats, lesson: Lesson, X_test: Floats) -> Scores:
        estimator = LogisticRegression(C=shrinkage, class_weight="balanced", solver="newton-cholesky", tol=1e-3)
        return (
            Pipeline([*prepare_for_linear(), ("estimate", estimator)])
            .fit(X, lesson.is_positive)
            .decision_function(X_test)
        )

    return learn


def fit_extra_trees(X: Floats, lesson: Lesson, X_test: Floats) -> Scores:
    """Extra trees as in ml/experiment.yml."""
    estimator = ExtraTreesClassifier(
        n_estimators=50, bootstrap=True, max_samples=0.2, max_features=0.2, min_samples_leaf=40, random_state=SEED
    )
    return to_log_odds(estimator.fit(X, lesson.is_positive).predict_proba(X_test)[:, 1])


def fit_repeated(X: Floats, lesson: Lesson, X_test: Floats) -> Scores:
    """Boosting that learns who has two events or more in the window: what the head of the list is made of."""
    return fit_boosting()(X, replace(lesson, is_positive=lesson.is_positive & (count_events(lesson) >= 2)), X_test)


def fit_monotone(X: Floats, lesson: Lesson, X_test: Floats) -> Scores:
    """Boosting in which more events of an officer never lower a score, nor more days since the last raise it."""
    signs = [1 if OWN_COUNT.search(name) else -1 if OWN_DAYS.search(name) else 0 for name in lesson.features]
    has_value = ~np.isnan(X).all(axis=0)
    return fit_boosting(monotonic_cst=np.array(signs)[has_value])(X[:, has_value], lesson, X_test[:, has_value])


def fit_boosting(**changes: object) -> Callable[[Floats, Lesson, Floats], Scores]:
    """Gradient boosting as in ml/experiment.yml, with changed parameters."""
    params = {
        "learning_rate": 0.15,
        "max_iter": 40,
        "max_leaf_nodes": 6,
        "min_samples_leaf": 1000,
        "l2_regularization": 100,
        "max_bins": 64,
        "early_stopping": False,
        "random_state": SEED,
    }

    def learn(X: Floats, lesson: Lesson, X_test: Floats) -> Scores:
        has_value = ~np.isnan(X).all(axis=0)
        estimator = HistGradientBoostingClassifier(**{**params, **changes})
        return estimator.fit(X[:, has_value], lesson.is_positive).decision_function(X_test[:, has_value])

    return learn


def fit_count(cap: int) -> Callable[[Floats, Lesson, Floats], Scores]:
    """How many events, up to a cap, rather than whether there is one; scores are logarithms of the expected number."""

    def learn(X: Floats, lesson: Lesson, X_test: Floats) -> Scores:
        events = np.where(lesson.is_positive, count_events(lesson).clip(1, cap), 0)
        estimator = PoissonRegressor(alpha=5000 / len(X), solver="newton-cholesky", tol=1e-3)
        pipeline = Pipeline([*prepare_for_linear(), ("estimate", estimator)]).fit(X.astype(np.float64), events)
        return np.log(pipeline.predict(X_test.astype(np.float64)).clip(1e-12))

    return learn


def take_count(_X: Floats, _lesson: Lesson, X_test: Floats) -> Scores:
    """The rule without fitting: officers in the order of one feature."""
    return X_test[:, 0].astype(np.float64)


def count_events(lesson: Lesson) -> Scores:
    """Events in the year after each row: the officer's count a year later, which was known then; 0 if gone by then."""
    matrix, events = lesson.matrix, np.zeros(len(lesson.rows))
    column = matrix.features.index(COUNTS[lesson.outcome])
    for date in np.unique(matrix.dates[lesson.rows]):
        own = np.flatnonzero(matrix.dates[lesson.rows] == date)
        later = matrix.find_rows([add_months(date.item(), 12)])
        found = np.searchsorted(matrix.officers[later], matrix.officers[lesson.rows[own]]).clip(max=len(later) - 1)
        is_there = matrix.officers[later[found]] == matrix.officers[lesson.rows[own]]
        events[own[is_there]] = matrix.values[later[found[is_there]], column]
    return events


VARIANTS = {
    **{
        f"{name}_{years}y": Variant(take_count, only=f"^{feature}_{12 * years}m$")
        for name, feature in (("complaints", "complaints_reported"), ("force", "force_reports"))
        for years in (1, 2, 5)
    },
    **{f"logistic_{c:g}": Variant(fit_logistic(c)) for c in (2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3)},
    "logistic": Variant(fit_logistic(2e-4)),
    "logistic_half_yearly": Variant(fit_logistic(2e-4), every_months=6),
    "logistic_0.0001_half_yearly": Variant(fit_logistic(1e-4), every_months=6),
    "logistic_0.0001_no_lag": Variant(fit_logistic(1e-4), lag_months=0),
    "logistic_half_life_1": Variant(fit_logistic(2e-4, half_life=1)),
    "logistic_half_life_2": Variant(fit_logistic(2e-4, half_life=2)),
    "logistic_no_short": Variant(fit_logistic(2e-4), exclude=NO_SHORT),
    "logistic_no_ever": Variant(fit_logistic(2e-4), exclude="_ever$"),
    "logistic_no_place": Variant(fit_logistic(2e-4), exclude="^(place|rates_beat)"),
    "logistic_no_colleagues": Variant(fit_logistic(2e-4), exclude="^(colleagues|peers_colleagues)"),
    **{f"compact_{c:g}": Variant(fit_logistic(c), only=COMPACT) for c in (2e-4, 1e-3, 5e-3)},
    "count_3": Variant(fit_count(3)),
    "count_5": Variant(fit_count(5)),
    "boosting": Variant(fit_boosting(), exclude=NO_SHORT),
    "boosting_additive": Variant(fit_boosting(interaction_cst="no_interactions"), exclude=NO_SHORT),
    "boosting_half_yearly": Variant(fit_boosting(), exclude=NO_SHORT, every_months=6),
    "boosting_60_half_yearly": Variant(fit_boosting(learning_rate=0.1, max_iter=60), exclude=NO_SHORT, every_months=6),
    "boosting_monotone": Variant(fit_monotone, exclude=NO_SHORT),
    "boosting_own": Variant(fit_boosting(), exclude=f"{NO_SHORT}|^(unit|peers|colleagues|associates|place|rates)"),
    "boosting_compact": Variant(fit_boosting(), only=COMPACT),
    "boosting_repeated": Variant(fit_repeated, exclude=NO_SHORT),
    "extra_trees": Variant(fit_extra_trees, exclude=NO_SHORT),
    "balanced": Variant(fit_balanced(1e-4)),
    "uncompressed": Variant(fit_uncompressed(1e-4)),
    "uncompressed_compact": Variant(fit_uncompressed(1e-3), only=COMPACT),
    "boosting_60": Variant(fit_boosting(learning_rate=0.1, max_iter=60), exclude=NO_SHORT),
    "boosting_60_of_16": Variant(
        fit_boosting(learning_rate=0.1, max_iter=60, max_leaf_nodes=16, min_samples_leaf=500), exclude=NO_SHORT
    ),
    "boosting_100_of_8": Variant(
        fit_boosting(learning_rate=0.07, max_iter=100, max_leaf_nodes=8, min_samples_leaf=300, l2_regularization=30),
        exclude=NO_SHORT,
    ),
}


@dataclass(frozen=True)
class Study:
    """One outcome, and the dates at which its prediction is replayed."""

    matrix: Matrix
    labels: Labels
    available: list[dt.date]
    train_from: dt.date
    dates: list[dt.date]
    is_decided_later: bool


def read_study(outcome: str, period: str) -> Study:
    """Features and labels of every as-of date until the last one that is replayed."""
    settings = Settings()
    department = load_department(settings)
    decided_later = {one.name: one.is_decided_later for one in department.outcomes}
    if outcome not in decided_later:
        sys.exit(f"Department '{department.name}' has no outcome {outcome}; it has {', '.join(decided_later)}.")
    is_decided_later = decided_later[outcome]
    early = EARLY_SUSTAINED if is_decided_later else EARLY
    dates = department.backtest.test_dates[outcome] if period == "test" else early
    server = Warehouse(settings)
    server.start()
    with warehouse.connect(server.url()) as connection:
        available = [date for date in warehouse.list_as_of_dates(connection) if date <= max(dates)]
        matrix = warehouse.read_matrix(connection, warehouse.list_features(connection), available)
        labels = warehouse.read_labels(connection, outcome, HORIZON, matrix)
    return Study(matrix, labels, available, department.backtest.train_from, dates, is_decided_later)


def replay(study: Study, variant: Variant, date: dt.date) -> tuple[Scores, float]:
    """Log-odds of the cohort of a date from what was knowable then, and processor seconds."""
    lag = variant.lag_months if study.is_decided_later else 0
    dates = list_training_dates(study.available, date, HORIZON + lag, study.train_from, variant.every_months)
    rows, test_rows = study.matrix.find_rows(dates), study.matrix.find_rows([date])
    features = [
        name for name in study.matrix.features if re.search(variant.only, name) and not re.search(variant.exclude, name)
    ]
    is_positive = study.labels.knowable_at(date, rows)
    lesson = Lesson(study.matrix, study.labels.outcome, rows, is_positive, date, features)
    started = time.process_time()
    scores = variant.learn(study.matrix.take(rows, features), lesson, study.matrix.take(test_rows, features))
    return scores, time.process_time() - started


def measure(is_positive: Flags, scores: Scores) -> Scores:
    """AUC and precision at 5 %."""
    size = round_share(0.05, len(scores))
    return np.array([roc_auc_score(is_positive, scores), expect_hits(is_positive, scores, size) / size])


def draw_officers(study: Study) -> Iterator[list[npt.NDArray[np.intp]]]:
    """Resamples of officers, the same ones at every date: for each date which of its rows, some of them repeatedly."""
    rng = np.random.default_rng(SEED)
    of_date = [study.matrix.officers[study.matrix.find_rows([date])] for date in study.dates]
    everybody = np.unique(np.concatenate(of_date))
    places = [np.searchsorted(everybody, officers) for officers in of_date]
    for _ in range(N_DRAWS):
        times = np.bincount(rng.integers(len(everybody), size=len(everybody)), minlength=len(everybody))
        yield [np.repeat(np.arange(len(place)), times[place]) for place in places]


def compare(study: Study, first: list[Scores], second: list[Scores]) -> tuple[Scores, Scores]:
    """Mean over dates of the second less the first, and the 95 % interval of it."""
    truth = [study.labels.is_positive[study.matrix.find_rows([date])] for date in study.dates]

    def subtract(picked: list[npt.NDArray[np.intp]]) -> Scores:
        return np.mean(
            [
                measure(y[rows], b[rows]) - measure(y[rows], a[rows])
                for y, a, b, rows in zip(truth, first, second, picked, strict=True)
            ],
            axis=0,
        )

    whole = subtract([np.arange(len(y)) for y in truth])
    draws = np.array([subtract(picked) for picked in draw_officers(study)])
    return whole, np.percentile(draws, [2.5, 97.5], axis=0)


def main() -> None:
    """Print a line for each variant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outcome")
    parser.add_argument("period", choices=["early", "test"])
    parser.add_argument("variants", nargs="+", help=f"a blend is a+b; there are {', '.join(VARIANTS)}")
    asked = parser.parse_args()
    study = read_study(asked.outcome, asked.period)

    @cache
    def replay_all(name: str) -> tuple[list[Scores], float]:
        done = [replay(study, VARIANTS[name], date) for date in study.dates]
        return [scores for scores, _ in done], float(np.mean([seconds for _, seconds in done]))

    truth = [study.labels.is_positive[study.matrix.find_rows([date])] for date in study.dates]
    first: list[Scores] | None = None
    for name in asked.variants:
        members = [replay_all(member) for member in name.split("+")]
        scores = [np.mean(of_date, axis=0) for of_date in zip(*(said for said, _ in members), strict=True)]
        auc, precision = np.mean([measure(y, s) for y, s in zip(truth, scores, strict=True)], axis=0)
        line = f"{name:40} {auc:.4f} {precision:.4f} {sum(seconds for _, seconds in members):5.1f} s"
        if first is None:
            first = scores
        else:
            gap, (low, high) = compare(study, first, scores)
            line += "".join(
                f"  {what} {gap[i]:+.4f} [{low[i]:+.4f}, {high[i]:+.4f}]" for i, what in enumerate(("AUC", "P5"))
            )
        print(line, flush=True)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
