-- What training and selection leave behind. Every table of schema ml is append-only: an experiment is written in one
-- transaction or not at all, and nothing is updated or deleted. Files of this folder are executed in the order of their
-- names before each run; they create what is missing.

create schema if not exists ml;

-- One row per complete experiment. The identifier is a hash of all that its results depend on.
create table if not exists ml.experiments (
    experiment_id text primary key,
    data_version text not null,
    code_version text not null,
    library_versions jsonb not null,
    settings jsonb not null,
    seed bigint not null,
    left_out jsonb not null,
    completed_at timestamptz not null default now()
);

-- One row per fitted model or baseline; test_as_of_date is null for a final model, which scores instead.
create table if not exists ml.models (
    model_id text primary key,
    experiment_id text not null references ml.experiments,
    outcome text not null,
    model_group text not null,
    is_baseline boolean not null,
    train_start_date date not null,
    train_end_date date not null,
    predict_as_of_date date not null,
    test_as_of_date date,
    n_train_rows integer not null,
    n_train_officers integer not null,
    n_train_positives integer not null,
    features text [] not null,
    estimator text not null,
    seed bigint not null,
    artefact_sha256 text,
    created_at timestamptz not null default now()
);

-- One row per fitted model that is not a baseline: a skops archive, loaded only if its hash is the one in ml.models.
create table if not exists ml.artefacts (
    model_id text primary key references ml.models,
    sha256 text not null,
    content bytea not null
);

-- One row per officer of the cohort, test date and model; out-of-sample only.
create table if not exists ml.predictions (
    model_id text not null,
    officer_id text not null,
    as_of_date date not null,
    outcome text not null,
    score double precision not null,
    rank integer not null,
    primary key (model_id, officer_id)
);

-- One row per model, metric and parameter.
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
    n_cohort integer not null,
    n_positive integer not null,
    primary key (model_id, metric, parameter)
);

-- One row per decision: an experiment, an outcome, the chosen group, the rule and the table that it saw.
create table if not exists ml.selections (
    experiment_id text not null references ml.experiments,
    outcome text not null,
    model_group text not null,
    selected_at timestamptz not null default clock_timestamp(),
    rule text not null,
    considered jsonb not null,
    verdict text not null,
    primary key (experiment_id, outcome, selected_at)
);
