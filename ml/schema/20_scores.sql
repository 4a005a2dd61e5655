-- What the selected models say of the latest as-of date.

-- One row per officer, as-of date, outcome and scoring.
create table if not exists ml.scores (
    officer_id text not null,
    as_of_date date not null,
    outcome text not null,
    model_id text not null references ml.models,
    score double precision not null,
    rank integer not null,
    percentile double precision not null,
    scored_at timestamptz not null,
    primary key (as_of_date, outcome, scored_at, officer_id)
);
