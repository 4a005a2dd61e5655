-- What monitoring keeps: alerts, how they were closed, and challengers that were proposed.

-- One row per alert: a signal that went beyond its bound in the policy. It stays open until it is closed; a signal that is
-- still beyond in later months raises no second one.
create table governance.alerts (
    alert_id bigint primary key generated always as identity,
    signal text not null,
    subject text not null,
    as_of_date date not null,
    value double precision not null,
    bound double precision not null,
    finding text not null,
    opened_on date not null,
    owner text not null,
    due_on date not null,
    policy_version integer not null references governance.policy,
    opened_at timestamptz not null default clock_timestamp()
);
create index on governance.alerts (signal, subject, as_of_date);

-- One row per alert that was closed: by a person who says what it was, or by a measurement back within the bound.
create table governance.alert_closures (
    alert_id bigint primary key references governance.alerts,
    closed_on date not null,
    closed_by text not null,
    reason text not null,
    closed_at timestamptz not null default clock_timestamp()
);

-- One row per challenger that has beaten what was published by the policy's margin: a proposal to a person.
create table governance.challenger_proposals (
    proposal_no bigint primary key generated always as identity,
    outcome text not null,
    challenger text not null,
    champion text not null,
    challenger_model_id text not null,
    n_lists integer not null,
    evidence jsonb not null,
    policy_version integer not null references governance.policy,
    proposed_on date not null,
    proposed_at timestamptz not null default clock_timestamp(),
    unique (outcome, challenger_model_id, champion)
);

do $$
declare
    table_name text;
begin
    foreach table_name in array array['alerts', 'alert_closures', 'challenger_proposals']
    loop
        execute format(
            'create trigger append_only before update or delete or truncate on governance.%I'
            ' for each statement execute function governance.refuse_change()', table_name
        );
    end loop;
end
$$;
