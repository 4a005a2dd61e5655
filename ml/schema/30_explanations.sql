-- Why the scores of one scoring are what they are. The key is that of ml.scores: as-of date, outcome, time of scoring, officer.

-- One row per officer and scoring. base_log_odds + log_odds_own + log_odds_context is the log-odds of the score.
create table if not exists ml.explanations (
    as_of_date date not null,
    outcome text not null,
    scored_at timestamptz not null,
    officer_id text not null,
    base_log_odds double precision not null,
    log_odds_own double precision not null,
    log_odds_context double precision not null,
    score_at_typical_assignment double precision not null,
    rank_at_typical_assignment integer not null,
    contributions double precision [] not null, -- in the order of ml.models.features
    family_contributions double precision [] not null, -- in the order of ml.list_certainty.families
    primary key (as_of_date, outcome, scored_at, officer_id)
);

-- One row per officer, scoring and reason: a measure, all of its windows together; feature_name is the window that says most.
create table if not exists ml.reasons (
    as_of_date date not null,
    outcome text not null,
    scored_at timestamptz not null,
    officer_id text not null,
    direction text not null check (direction in ('raises', 'lowers')),
    reason_rank integer not null,
    measure text not null,
    feature_name text not null,
    contribution double precision not null,
    feature_value real, -- what the model saw, null where missing
    typical_value real, -- of officers in comparable posts or, where they are too few, of the cohort
    is_typical_of_peers boolean not null,
    primary key (as_of_date, outcome, scored_at, officer_id, direction, reason_rank)
);

-- One row per listed officer, scoring and measure or family: the score and rank if all of its features stood at what is typical
-- of peers, and everything else as it is.
create table if not exists ml.alternatives (
    as_of_date date not null,
    outcome text not null,
    scored_at timestamptz not null,
    officer_id text not null,
    kind text not null check (kind in ('measure', 'family')),
    name text not null,
    score double precision not null,
    rank integer not null,
    primary key (as_of_date, outcome, scored_at, officer_id, kind, name)
);

-- One row per scoring that has an earlier as-of date: whether reasons hold from one date to the next under the same model.
create table if not exists ml.reason_stability (
    as_of_date date not null,
    outcome text not null,
    scored_at timestamptz not null,
    previous_as_of_date date not null,
    n_officers integer not null, -- on the list now, and in the cohort before
    n_reasons integer not null, -- that raised their scores before
    n_kept integer not null, -- and are among those that raise them now
    primary key (as_of_date, outcome, scored_at)
);
