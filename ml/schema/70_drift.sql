-- Whether features are still distributed as they were.

-- One row per measurement of an as-of date and feature. The identifier is a hash of the data, the date and the code.
create table if not exists ml.feature_drift (
    drift_id text not null,
    as_of_date date not null,
    reference_as_of_date date not null, -- of half a year to a year before, the one that the feature is most like
    feature_name text not null,
    family text not null,
    n_officers integer not null,
    psi double precision not null,
    psi_by_chance double precision not null,
    share_missing double precision not null,
    share_missing_before double precision not null,
    measured_at timestamptz not null default now(),
    primary key (drift_id, feature_name)
);
