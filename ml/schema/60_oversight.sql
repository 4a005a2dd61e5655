-- What those who answer for the system look at: how lists treat groups, what they find beyond the threshold system, which
-- list was issued, and the report of each model.

-- One row per audit, outcome, model group, test date, rule of the list, attribute, group and metric; a null date stands for
-- all test dates together. The identifier is a hash of the experiment and of the audit's settings. A rate that is too small to
-- tell is null, with the reason.
create table if not exists ml.fairness_audits (
    audit_id text not null,
    experiment_id text not null references ml.experiments,
    outcome text not null,
    model_group text not null,
    is_baseline boolean not null,
    test_as_of_date date,
    list_rule text not null,
    list_size integer not null,
    attribute text not null,
    group_name text not null,
    is_reference boolean not null,
    n_officers integer not null,
    metric text not null,
    n_cases double precision,
    value double precision,
    value_low double precision,
    value_high double precision,
    ratio double precision,
    ratio_low double precision,
    ratio_high double precision,
    suppressed_because text,
    audited_at timestamptz not null default now(),
    unique nulls not distinct (
        audit_id, outcome, model_group, test_as_of_date, list_rule, attribute, group_name, metric
    )
);

-- One row per experiment, outcome, model group, test date and kind of list; a null date stands for all test dates together.
create table if not exists ml.threshold_comparisons (
    experiment_id text not null references ml.experiments,
    outcome text not null,
    model_group text not null,
    is_baseline boolean not null,
    test_as_of_date date,
    list_kind text not null,
    list_size double precision not null,
    n_positive integer not null,
    found double precision not null,
    found_by_thresholds double precision not null,
    more_found double precision not null,
    more_found_low double precision,
    more_found_high double precision,
    more_found_share double precision,
    more_found_share_low double precision,
    more_found_share_high double precision,
    fewer_false_share double precision,
    fewer_false_share_low double precision,
    fewer_false_share_high double precision,
    compared_at timestamptz not null default now(),
    unique nulls not distinct (experiment_id, outcome, model_group, test_as_of_date, list_kind)
);

-- One row per scoring and time at which its list was drawn up: the rule of the list, which no list may leave unsaid. The last one
-- counts; another is drawn up only when the department chose another rule.
create table if not exists ml.list_rules (
    as_of_date date not null,
    outcome text not null,
    scored_at timestamptz not null,
    drawn_up_at timestamptz not null,
    model_id text not null references ml.models,
    list_size integer not null,
    list_rule text not null,
    explanation text not null,
    primary key (as_of_date, outcome, scored_at, drawn_up_at)
);

-- One row per list and officer on it.
create table if not exists ml.list_members (
    as_of_date date not null,
    outcome text not null,
    scored_at timestamptz not null,
    drawn_up_at timestamptz not null,
    officer_id text not null,
    primary key (as_of_date, outcome, scored_at, drawn_up_at, officer_id),
    foreign key (as_of_date, outcome, scored_at, drawn_up_at) references ml.list_rules
);

-- One row per report of a model that says something new: the page as it was shown, with its hash. The last one of an outcome counts.
create table if not exists ml.reports (
    model_id text not null references ml.models,
    outcome text not null,
    sha256 text not null,
    content text not null,
    written_at timestamptz not null default clock_timestamp(),
    primary key (outcome, written_at)
);
