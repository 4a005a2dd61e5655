-- What training and selection leave behind. Every table of schema ml is append-only (90_append_only.sql). Files of this folder
-- are executed in the order of their names before each run; they create what is missing.

create schema if not exists ml;

-- One row per complete experiment: written, with what belongs to it, in one transaction or not at all. The identifier is a hash
-- of all that its results depend on.
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

-- One row per experiment and model group: what was tried, or why it could not be.
create table if not exists ml.model_groups (
    experiment_id text not null references ml.experiments,
    model_group text not null,
    kind text not null check (kind in ('baseline', 'candidate', 'variation')),
    place integer not null, -- from the simplest candidate to the most complex
    estimator text not null,
    variation text not null, -- the one replay setting that is changed; empty unless kind is variation
    settings jsonb not null, -- of the replay, with the variation's change
    why text not null,
    primary key (experiment_id, model_group)
);

-- One row per fitted model or baseline. The identifier is a hash of all that the model depends on: its rows and labels, bit for
-- bit, its settings, the code and libraries that fit it. Experiments share models: ml.experiment_models says which has which.
create table if not exists ml.models (
    model_id text primary key,
    outcome text not null,
    model_group text not null,
    is_baseline boolean not null,
    variation text not null,
    role text not null check (role in ('warm_up', 'test', 'final')),
    train_start_date date not null,
    train_end_date date not null,
    horizon_months integer not null,
    trained_on date not null, -- labels are those that were knowable on this day
    predict_as_of_date date not null, -- of a final model the first one: it is used until the next is trained
    test_as_of_date date, -- null for a final model, which scores instead
    n_train_rows integer not null,
    n_train_officers integer not null,
    n_train_positives integer not null,
    features text [] not null,
    estimator text not null,
    seed bigint not null,
    -- score = 1 / (1 + exp(-(intercept + slope * log_odds))); null date: no earlier replay was mature, the model's own probability
    calibration_slope double precision not null,
    calibration_intercept double precision not null,
    calibrated_on date,
    code_version text not null,
    library_versions jsonb not null,
    settings jsonb not null,
    artefact_sha256 text,
    created_at timestamptz not null default now(),
    check (calibrated_on < predict_as_of_date and calibration_slope > 0)
);

-- One row per experiment and model that it uses.
create table if not exists ml.experiment_models (
    experiment_id text not null references ml.experiments,
    model_id text not null references ml.models,
    primary key (experiment_id, model_id)
);

-- One row per fitted model that is not a baseline: a skops archive, loaded only if its hash is the one in ml.models.
create table if not exists ml.artefacts (
    model_id text primary key references ml.models,
    sha256 text not null,
    content bytea not null
);

-- One row per officer of the cohort, replay date and model; out-of-sample only. A baseline's score is what it counts.
create table if not exists ml.predictions (
    model_id text not null,
    officer_id text not null,
    as_of_date date not null,
    outcome text not null,
    log_odds double precision, -- before calibration; null for baselines
    score double precision not null,
    rank integer not null,
    primary key (model_id, officer_id)
);
