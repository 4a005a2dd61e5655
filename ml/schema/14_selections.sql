-- What selection saw and decided.

-- One row per decision about what scores now: an experiment, an outcome, the chosen group, the rule and the table that it saw. The
-- identifier is a hash of the decision with the walk forward that led to it; going back to an earlier decision is another row.
create table if not exists ml.selections (
    experiment_id text not null references ml.experiments,
    outcome text not null,
    model_group text, -- null if every candidate is refused
    selected_at timestamptz not null default clock_timestamp(),
    selection_id text not null,
    decided_on date not null,
    rule text not null,
    considered jsonb not null,
    refused jsonb not null, -- candidate -> reasons
    verdict text not null,
    primary key (experiment_id, outcome, selected_at)
);

-- One row per selection and date of the walk forward: what the rule chose with what was mature by then. The last one is the decision.
create table if not exists ml.selection_steps (
    selection_id text not null,
    outcome text not null,
    decided_on date not null,
    is_test_date boolean not null,
    model_group text,
    verdict text not null,
    primary key (selection_id, decided_on, is_test_date)
);

-- One row per selection, date of the walk forward, candidate, deciding metric: the table that the rule saw.
create table if not exists ml.selection_standings (
    selection_id text not null,
    decided_on date not null,
    model_group text not null,
    metric text not null,
    parameter text not null,
    n_dates integer not null,
    mean double precision not null,
    mean_regret double precision not null,
    gap_to_best double precision not null,
    standard_error double precision not null,
    is_within_noise boolean not null,
    refused_for text not null, -- always empty: the rule's table has no refused candidate; views of earlier versions read the column
    primary key (selection_id, decided_on, model_group, metric, parameter)
);

-- One row per selection, model group, metric and what it is compared with: means over the test dates, or differences of means where a
-- group is compared with another. `selected` is at each test date the group that was chosen for it then.
create table if not exists ml.comparisons (
    selection_id text not null,
    experiment_id text not null references ml.experiments,
    outcome text not null,
    model_group text not null,
    compared_with text not null, -- empty: the figure itself
    metric text not null,
    parameter text not null,
    n_dates integer not null,
    value double precision not null,
    lower double precision,
    upper double precision,
    primary key (selection_id, model_group, compared_with, metric, parameter)
);
