-- How good the replayed models were. Each experiment judges its models anew, because judging compares them.

-- One row per experiment, model, metric and parameter, of the test dates. Interval: 95 % over officers drawn with replacement.
create table if not exists ml.evaluations (
    model_id text not null references ml.models,
    experiment_id text not null references ml.experiments,
    outcome text not null,
    model_group text not null,
    is_baseline boolean not null,
    test_as_of_date date not null,
    metric text not null,
    parameter text not null,
    value double precision not null,
    lower double precision,
    upper double precision,
    n_cohort integer not null,
    n_positive integer not null,
    primary key (experiment_id, model_id, metric, parameter)
);

-- One row per experiment, model, metric and parameter that intervals are made of: its value for the officers themselves, then for each
-- draw of officers. Draws are the same for all models of an outcome, so that differences are paired.
create table if not exists ml.evaluation_draws (
    experiment_id text not null references ml.experiments,
    model_id text not null references ml.models,
    metric text not null,
    parameter text not null,
    draws double precision [] not null,
    primary key (experiment_id, model_id, metric, parameter)
);

-- One row per experiment, model and list size, of the test dates: the whole curve of lists, ties in expectation.
create table if not exists ml.list_curves (
    experiment_id text not null references ml.experiments,
    model_id text not null references ml.models,
    list_size integer not null,
    n_found double precision not null,
    primary key (experiment_id, model_id, list_size)
);

-- One row per experiment, model that gives probabilities and bin of equally many officers, of the test dates.
create table if not exists ml.calibration_bins (
    experiment_id text not null references ml.experiments,
    model_id text not null references ml.models,
    bin integer not null,
    n_officers integer not null,
    mean_score double precision not null,
    n_positive integer not null,
    primary key (experiment_id, model_id, bin)
);

-- One row per experiment, outcome, model group, pair of neighbouring replay dates and list: how much of the list stays.
create table if not exists ml.list_overlaps (
    experiment_id text not null references ml.experiments,
    outcome text not null,
    model_group text not null,
    earlier_as_of_date date not null,
    later_as_of_date date not null,
    parameter text not null,
    n_common integer not null,
    overlap double precision not null,
    rank_correlation double precision not null,
    primary key (experiment_id, outcome, model_group, later_as_of_date, parameter)
);

-- One row per model at the last test date, draw of the officers that it was trained on, and list.
create table if not exists ml.training_resamples (
    model_id text not null references ml.models,
    draw integer not null,
    parameter text not null,
    overlap double precision not null,
    rank_correlation double precision not null,
    primary key (model_id, draw, parameter)
);

-- One row per experiment, outcome, decision date, candidate, replay date that was mature by then, metric and parameter: what selection
-- may look at, with labels as they were knowable at the decision date. Draws as in evaluation_draws.
create table if not exists ml.selection_evidence (
    experiment_id text not null references ml.experiments,
    outcome text not null,
    decided_on date not null,
    model_group text not null,
    replay_as_of_date date not null,
    metric text not null,
    parameter text not null,
    draws double precision [] not null,
    primary key (experiment_id, outcome, decided_on, model_group, replay_as_of_date, metric, parameter)
);
