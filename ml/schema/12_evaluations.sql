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
