-- Records of the department that were contested. What is kept of one is its table and a hash of its key, made with a secret:
-- that it happened, and nothing of what it said or whose it was.

-- One row: the secret. Nobody reads it but functions that run with their owner's rights.
create table governance.record_secret (
    is_only boolean primary key default true check (is_only),
    secret bytea not null default uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
);
insert into governance.record_secret default values;

-- One row per mark that was set on a record. The latest one of a record holds.
create table governance.record_marks (
    mark_no bigint primary key generated always as identity,
    table_name text not null,
    record_hash text not null,
    mark text not null check (mark in ('disputed', 'expunged', 'stands')),
    authority text not null,
    reason text not null,
    marked_by text not null default session_user,
    marked_on date not null,
    marked_at timestamptz not null default clock_timestamp()
);
create index on governance.record_marks (table_name, record_hash, mark_no);

create trigger append_only before update or delete or truncate on governance.record_marks
for each statement execute function governance.refuse_change();
