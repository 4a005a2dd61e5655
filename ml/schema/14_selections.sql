-- What selection saw and decided.

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
