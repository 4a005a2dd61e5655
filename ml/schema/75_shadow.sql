-- Challengers: the runners-up of the selection, whose models score in shadow. Nothing here is published or drawn up as a list.

-- One row per experiment, outcome, challenger and model of it. Those of the experiment that was decided on
-- last are an outcome's challengers.
create table if not exists ml.challengers (
    experiment_id text not null references ml.experiments,
    outcome text not null,
    model_group text not null,
    model_id text not null references ml.models,
    named_at timestamptz not null default clock_timestamp(),
    primary key (experiment_id, outcome, model_group, model_id)
);

-- One row per as-of date and challenger's model that scored it. The latest one counts; the same scores are not kept twice.
create table if not exists ml.shadow_scorings (
    as_of_date date not null,
    outcome text not null,
    model_id text not null references ml.models,
    scored_at timestamptz not null,
    primary key (as_of_date, outcome, model_id, scored_at)
);

-- One row per officer and shadow scoring.
create table if not exists ml.shadow_scores (
    as_of_date date not null,
    outcome text not null,
    model_id text not null,
    scored_at timestamptz not null,
    officer_id text not null,
    score double precision not null,
    rank integer not null,
    primary key (as_of_date, outcome, model_id, scored_at, officer_id),
    foreign key (as_of_date, outcome, model_id, scored_at) references ml.shadow_scorings
);
