-- What people do with a list, each in their own name. Nothing here is changed: who erred enters another row, and the latest
-- one holds. `_on` is the department's day (governance.today()), `_at` the clock's.

-- One row per review of a listed officer.
create table governance.reviews (
    review_no bigint primary key generated always as identity,
    list_id bigint not null references governance.published_lists,
    officer_id text not null,
    unit_id text,
    agrees boolean not null,
    action text not null
    check (action in ('none', 'counselling', 'training', 'peer_support', 'reassignment', 'other')),
    why_none text,
    reviewed_by text not null default session_user,
    reviewed_on date not null,
    reviewed_at timestamptz not null default clock_timestamp(),
    check ((action = 'none') = (why_none is not null))
);
create index on governance.reviews (officer_id, list_id);

-- One row per review and reason that raised the score.
create table governance.review_reasons (
    review_no bigint not null references governance.reviews,
    reason_rank integer not null,
    measure text not null,
    agrees boolean not null,
    primary key (review_no, reason_rank)
);

-- One row per intervention that began.
create table governance.interventions (
    intervention_no bigint primary key generated always as identity,
    officer_id text not null,
    unit_id text,
    kind text not null check (kind in ('counselling', 'training', 'peer_support', 'reassignment', 'other')),
    review_no bigint references governance.reviews,
    started_on date not null,
    recorded_by text not null default session_user,
    recorded_on date not null,
    recorded_at timestamptz not null default clock_timestamp()
);
create index on governance.interventions (officer_id);

-- One row per intervention that ended.
create table governance.intervention_ends (
    intervention_no bigint primary key references governance.interventions,
    ended_on date not null,
    result text not null check (result in ('completed', 'declined', 'broken_off')),
    recorded_by text not null default session_user,
    recorded_on date not null,
    recorded_at timestamptz not null default clock_timestamp()
);

do $$
declare
    table_name text;
begin
    foreach table_name in array array['reviews', 'review_reasons', 'interventions', 'intervention_ends'] loop
        execute format(
            'create trigger append_only before update or delete or truncate on governance.%I'
            ' for each statement execute function governance.refuse_change()', table_name
        );
    end loop;
end
$$;
