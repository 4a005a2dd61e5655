"""A small experiment, and a database with what dbt would leave for it."""

import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

import pytest
from synthetic_department import DATES, FEATURES, Synthetic, make_department

from eis.postgres import EmbeddedServer, Warehouse
from eis.settings import Settings
from ml import scoring, training, warehouse
from ml.selection import select
from ml.settings import Baseline, Candidate, Experiment, Grid, OutcomePlan, Replay, Variation


@pytest.fixture(scope="session")
def department() -> Synthetic:
    return make_department()


@pytest.fixture(scope="session")
def experiment() -> Experiment:
    """Small and quick, with each kind of entry."""
    return Experiment(
        outcomes=[
            OutcomePlan(name="complaint", test_dates=[dt.date(2013, 1, 1), dt.date(2014, 1, 1)]),
            OutcomePlan(name="sustained", test_dates=[dt.date(2014, 1, 1)], is_decided_later=True),
        ],
        horizon_months=12,
        train_from=dt.date(2010, 1, 1),
        train_every_months=6,
        capacity=10,
        grid=Grid(
            seed=3,
            list_sizes=[20],
            list_shares=[0.05],
            curve_sizes=8,
            calibration_bins=5,
            resamples=20,
            training_resamples=1,
            noise_standard_errors=1,
            least_share_of_best_overlap=0.1,
            replay=Replay(retrain_every_months=1, decided_later_lag_months=6, undecided="not_positive"),
            final_resamples=4,
            warm_up_dates=1,
            deciding=[{"metric": "precision", "parameter": "5%"}, {"metric": "auc"}],
            baselines=[
                Baseline(group="base_rate", why="lot"),
                Baseline(group="complaints_2y", feature="complaints_reported_24m", why="count"),
                Baseline(group="sustained_5y", feature="complaints_sustained_60m", why="not in this department"),
            ],
            candidates=[
                Candidate(
                    group="logistic",
                    estimator="sklearn.linear_model.LogisticRegression",
                    preparation="linear",
                    params={"C": 0.1, "solver": "newton-cholesky"},
                    why="linear",
                ),
                Candidate(
                    group="gradient_boosting",
                    estimator="sklearn.ensemble.HistGradientBoostingClassifier",
                    exclude="_12m$",
                    params={"max_iter": 10, "max_features": 0.5, "early_stopping": False},
                    why="trees",
                ),
                Candidate(group="blend", blend=["logistic", "gradient_boosting"], why="both"),
            ],
            reference="logistic",
            variations=[
                Variation(name="last_year", changes={"train_history_months": 24}, why="history"),
                Variation(name="two_years", changes={"horizon_months": 24}, why="not labelled in this department"),
            ],
        ),
    )


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Address of a database that no other test uses."""
    home = Path(tempfile.mkdtemp(prefix="eis-ml-"))
    home.chmod(0o755)
    started = Warehouse(Settings(home=home, department="demo", database_url=None))
    started.start()
    yield started.url()
    EmbeddedServer(home / "postgres").stop()
    rmtree(home)


@pytest.fixture(scope="module")
def inputs(server: str, department: Synthetic) -> Iterator[warehouse.Connection]:
    """The interface tables, filled; schema ml is for the test to empty."""
    with warehouse.connect(server) as connection:
        connection.execute("drop schema if exists features, labels, ml cascade")
        connection.execute("create schema features; create schema labels")
        connection.execute(
            """
            create table features.officer_features (
                officer_id text, as_of_date date, career_tenure_years double precision, complaints_reported_12m integer,
                complaints_reported_24m bigint, complaints_reported_60m smallint, complaints_reported_days_since real,
                force_reports_12m numeric
            )
            """
        )
        connection.execute(
            """
            create table labels.officer_labels (
                officer_id text, as_of_date date, outcome text, horizon_months integer, label_value integer,
                label_status text, known_on date
            )
            """
        )
        connection.execute(
            """
            create table labels.label_decisions (
                officer_id text, as_of_date date, outcome text, horizon_months integer, last_decided_on date
            )
            """
        )
        for table, rows in (
            ("features.officer_features", department.features),
            ("labels.officer_labels", department.labels[::-1]),
            ("labels.label_decisions", department.decisions),
        ):
            with connection.cursor().copy(f"copy {table} from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
        connection.execute(
            "create table features.officer_cohort as "
            "select officer_id, as_of_date, left(officer_id, 1) as peer_group from features.officer_features"
        )
        connection.execute(
            "create table features.feature_catalog (feature_name text, family text, measure text, scope text)"
        )
        connection.execute(
            """
            insert into features.feature_catalog
            select
                name, split_part(name, '_', 1), regexp_replace(name, '_[0-9]+m$', ''),
                case when name like 'force%%' then 'context' else 'own' end
            from unnest(%s::text[]) as name
            """,
            [list(FEATURES)],
        )
        yield connection
        connection.execute("drop schema if exists features, labels, ml cascade")


@pytest.fixture
def connection(inputs: warehouse.Connection) -> warehouse.Connection:
    """The interface tables and no registry."""
    inputs.execute("drop schema if exists ml cascade")
    return inputs


@pytest.fixture(scope="module")
def watched(experiment: Experiment) -> Experiment:
    """The small experiment with a threshold system."""
    baselines = [*experiment.grid.baselines, Baseline(group="threshold_system", counts_rules=True, why="rules")]
    grid = experiment.grid.model_copy(update={"baselines": baselines})
    return experiment.model_copy(update={"grid": grid, "has_threshold_rules": True})


@pytest.fixture(scope="module")
def trained(inputs: warehouse.Connection, watched: Experiment) -> Iterator[str]:
    """A replayed and scored experiment, with what the audits read beside it."""
    inputs.execute("drop schema if exists ml, core cascade; create schema core")
    inputs.execute(
        """
        create table core.officers as
        select
            officer_id,
            case when number % 3 = 0 then 'black' else 'white' end as race,
            case when number % 5 = 0 then 'female' when number % 7 > 0 then 'male' end as sex,
            1960 + number % 30 as birth_year,
            date '2000-01-01' + number % 3000 as hired_on
        from (
            select distinct officer_id, abs(hashtext(officer_id)) as number from features.officer_cohort
        ) as officers
        """
    )
    inputs.execute(
        """
        create table features.threshold_flags as
        select
            officer_id, as_of_date,
            (complaints_reported_12m >= 2)::int + (force_reports_12m >= 2)::int as n_rules_triggered
        from features.officer_features
        """
    )
    experiment_id = training.run_backtest(inputs, watched, "v1").experiment_id
    groups = {outcome: chosen.model_group for outcome, chosen in select(inputs, watched, experiment_id).items()}
    training.train_final_models(inputs, watched, experiment_id, groups)
    scoring.score_month(inputs, list(groups), DATES[-1], capacity=10)
    yield experiment_id
    inputs.execute("drop schema core cascade; drop table features.threshold_flags")


@pytest.fixture
def registry(inputs: warehouse.Connection, trained: str) -> Iterator[warehouse.Connection]:
    """The registry of the trained experiment; what a test does to it is undone."""
    with inputs.transaction(force_rollback=True):
        yield inputs
