-- How surely officers are on their lists.

-- One row per final model and draw of its officers: the model as it would be had it learnt from them. Kept like ml.artefacts.
create table if not exists ml.refits (
    model_id text not null references ml.models,
    draw integer not null,
    sha256 text not null,
    content bytea not null,
    primary key (model_id, draw)
);

-- One row per officer and scoring.
create table if not exists ml.rank_intervals (
    as_of_date date not null,
    outcome text not null,
    scored_at timestamptz not null,
    officer_id text not null,
    on_list_share double precision not null, -- of the refits
    rank_lower integer not null, -- nine in ten of the ranks lie between these
    rank_upper integer not null,
    certainty text not null check (certainty in ('clear', 'likely', 'tie', 'cannot tell')),
    primary key (as_of_date, outcome, scored_at, officer_id)
);

-- One row per scoring: what the list can be used for.
create table if not exists ml.list_certainty (
    as_of_date date not null,
    outcome text not null,
    scored_at timestamptz not null,
    model_id text not null references ml.models,
    capacity integer not null,
    n_cohort integer not null,
    n_refits integer not null,
    n_clear integer not null,
    n_likely integer not null,
    n_tie integer not null,
    is_told boolean not null,
    why text not null,
    families text [] not null, -- of the model's features, in the order of ml.explanations.family_contributions
    code_version text not null,
    primary key (as_of_date, outcome, scored_at)
);
