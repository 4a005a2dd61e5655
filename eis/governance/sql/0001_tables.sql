-- What governance keeps. A numbered file is executed once in each warehouse and never changed afterwards; what comes
-- later is a file with the next number. Functions and views stand in functions.sql, and are replaced when they change.

-- Group roles, without login and without members until `eis access add`. They belong to the server, not to a department:
-- only the login that is given one may connect, and only to its own department's database.
do $$
declare
    role_name text;
begin
    foreach role_name in array
        array['eis_engineer', 'eis_scientist', 'eis_command', 'eis_supervisor', 'eis_auditor', 'eis_bi']
    loop
        if not exists (select from pg_catalog.pg_roles where rolname = role_name) then
            execute format('create role %I nologin', role_name);
        end if;
    end loop;
end
$$;

create schema if not exists governance;
create schema identity;
revoke all on schema governance, identity from public;

-- One row per version of departments/<d>/policy.yml that a run has loaded. The highest version is in force.
create table governance.policy (
    policy_version integer primary key,
    sha256 text not null,
    content jsonb not null,
    loaded_at timestamptz not null default clock_timestamp(),
    loaded_by text not null default session_user
);

-- One row per act. Each carries the hash of the one before it: a changed, removed or reordered entry breaks the chain.
create table governance.audit_log (
    entry_no bigint primary key,
    recorded_at timestamptz not null,
    actor text not null check (actor !~ E'\n'),
    action text not null check (action ~ '^[a-z_]+$'),
    content jsonb not null,
    previous_hash text not null,
    hash text not null unique
);

-- One row: the last entry, locked by whoever adds the next, and proof that none was cut off the end.
create table governance.audit_head (
    is_only boolean primary key default true check (is_only),
    entry_no bigint not null,
    hash text not null
);
insert into governance.audit_head (entry_no, hash) values (0, repeat('0', 64));

-- One row per decision on a model. The latest one holds.
create table governance.model_decisions (
    decision_no bigint primary key generated always as identity,
    model_id text not null,
    decision text not null check (decision in ('approved', 'retired')),
    mode text not null check (mode in ('manual', 'automatic')),
    decided_by text not null,
    reason text not null,
    policy_version integer not null references governance.policy,
    decided_at timestamptz not null default clock_timestamp()
);
create index on governance.model_decisions (model_id, decision_no);

-- One row per officer and outcome: the latest scoring and its list, as the gate finds them. Replaced by the next one.
create table governance.proposed_scores (
    officer_id text not null,
    outcome text not null,
    as_of_date date not null,
    model_id text not null,
    unit_id text,
    score double precision not null,
    percentile double precision not null,
    rank integer not null,
    is_on_list boolean not null,
    list_rule text not null,
    scored_at timestamptz not null,
    drawn_up_at timestamptz not null,
    proposed_at timestamptz not null,
    primary key (outcome, officer_id)
);

-- One row per decision of the publication gate on a scoring, with every bound that it looked at.
create table governance.publication_decisions (
    decision_no bigint primary key generated always as identity,
    outcome text not null,
    as_of_date date not null,
    scored_at timestamptz not null,
    drawn_up_at timestamptz not null,
    model_id text not null,
    is_published boolean not null,
    refusal text,
    checks jsonb not null,
    retraining_due text,
    policy_version integer not null references governance.policy,
    standing_list_id bigint,
    decided_at timestamptz not null default clock_timestamp(),
    check (is_published = (refusal is null))
);

-- One row per published list. The latest of an outcome is the current one while it is valid and nobody has withdrawn it.
create table governance.published_lists (
    list_id bigint primary key references governance.publication_decisions,
    outcome text not null,
    as_of_date date not null,
    scored_at timestamptz not null,
    drawn_up_at timestamptz not null,
    list_rule text not null,
    model_id text not null,
    approval text not null check (approval in ('manual', 'automatic')),
    approved_by text not null,
    clock text not null check (clock in ('calendar', 'data')),
    valid_until date not null,
    review_due_on date not null,
    n_officers integer not null,
    n_on_list integer not null,
    published_at timestamptz not null default clock_timestamp()
);

-- One row per officer and published list.
create table governance.published_scores (
    list_id bigint not null references governance.published_lists,
    officer_id text not null,
    unit_id text,
    score double precision not null,
    percentile double precision not null,
    rank integer not null,
    is_on_list boolean not null,
    primary key (list_id, officer_id)
);
create index on governance.published_scores (officer_id);

-- One row per list that was taken back.
create table governance.withdrawals (
    list_id bigint primary key references governance.published_lists,
    withdrawn_by text not null,
    reason text not null,
    withdrawn_at timestamptz not null default clock_timestamp()
);

-- One row per login that `eis access add` has made.
create table governance.logins (
    login text primary key,
    role text not null,
    is_active boolean not null,
    changed_at timestamptz not null default clock_timestamp()
);

-- One row per supervisor's login and unit. `supervisor_id` where the units follow from core.assignments.
create table governance.supervisor_units (
    login text not null references governance.logins,
    unit_id text not null,
    supervisor_id text,
    granted_at timestamptz not null default clock_timestamp(),
    primary key (login, unit_id)
);

-- One row per officer whose scores were read, and read.
create table governance.score_reads (
    read_no bigint primary key generated always as identity,
    read_at timestamptz not null default clock_timestamp(),
    login text not null default session_user,
    officer_id text not null,
    via text not null,
    purpose text
);
create index on governance.score_reads (officer_id, read_at);

-- One row per officer whose name was loaded. Apart from everything else; read through scores.visible_officer_scores only.
create table identity.officer_names (
    officer_id text primary key,
    full_name text not null,
    loaded_at timestamptz not null default clock_timestamp()
);

create function governance.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception '%.% is append-only: % is refused', tg_table_schema, tg_table_name, lower(tg_op)
        using errcode = 'insufficient_privilege';
end
$$;

do $$
declare
    table_name text;
begin
    foreach table_name in array
        array['policy', 'audit_log', 'model_decisions', 'publication_decisions', 'published_lists', 'withdrawals']
    loop
        execute format(
            'create trigger append_only before update or delete or truncate on governance.%I'
            ' for each statement execute function governance.refuse_change()', table_name
        );
    end loop;
end
$$;

-- Should a role ever be granted the table: a supervisor still sees the officers of the own units only.
alter table governance.published_scores enable row level security;
