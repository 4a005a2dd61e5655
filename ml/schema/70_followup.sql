-- What came of listed officers, once that is known.

-- One row per follow-up, kind of list and measure. The identifier is a hash of the lists that were followed up and of the data.
-- Lists that nobody saw are followed up the same way: what the method finds there is its own error.
create table if not exists ml.list_effects (
    followup_id text not null,
    outcome text not null,
    horizon_months integer not null,
    list_kind text not null check (list_kind in ('issued', 'never issued')),
    measure text not null,
    n_lists integer not null,
    first_as_of_date date,
    last_as_of_date date,
    n_listed_officers integer not null,
    level double precision,
    difference double precision,
    difference_low double precision,
    difference_high double precision,
    detectable_difference double precision,
    bandwidth double precision,
    n_listed_near integer,
    n_unlisted_near integer,
    listed_before double precision,
    listed_after double precision,
    next_before double precision,
    next_after double precision,
    change_difference double precision,
    change_difference_low double precision,
    change_difference_high double precision,
    verdict text not null,
    explanation text not null,
    evaluated_at timestamptz not null default clock_timestamp(),
    primary key (followup_id, list_kind, measure)
);
