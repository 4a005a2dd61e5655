-- What governance does, executed again whenever this file changes. Whoever calls a function acts as `session_user`, the
-- login that gave a password: neither `set role` nor a function's owner changes it. Every function that runs with its
-- owner's rights pins its search path, names every table in full, and is closed to everybody until
-- governance.apply_access() opens it to the roles that the policy names.

-- Who is asking

-- True when the caller's login holds one of the roles, directly or through another. A superuser holds what was granted
-- to it and nothing else, unlike in pg_has_role(): the operator of the server is not thereby somebody who may approve.
create or replace function governance.is_member_of(roles text []) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    with recursive held as (
        select oid from pg_catalog.pg_roles where rolname = session_user
        union
        select granted.roleid
        from pg_catalog.pg_auth_members as granted
        inner join held on granted.member = held.oid
        where granted.inherit_option or granted.set_option
    )
    select exists (
        select from held inner join pg_catalog.pg_roles as named using (oid) where named.rolname = any(roles)
    )
$$;

create or replace function governance.is_operator() returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select pg_get_userbyid(nspowner) = session_user from pg_catalog.pg_namespace where nspname = 'governance'
$$;

-- The policy in force; an error when none was loaded.
create or replace function governance.policy_in_force() returns governance.policy
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    found_policy governance.policy;
begin
    select * into found_policy from governance.policy order by policy_version desc limit 1;
    if found_policy.policy_version is null then
        raise exception 'No policy has been loaded' using hint = 'Run the line once: eis run';
    end if;
    return found_policy;
end
$$;

create or replace function governance.named_by_policy(power text) returns text []
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select array(
        select jsonb_array_elements_text((governance.policy_in_force()).content -> 'powers' -> power)
    )
$$;

-- Refuse the caller unless the policy names one of the caller's roles for this power.
create or replace function governance.require_power(power text) returns void
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not governance.is_member_of(governance.named_by_policy(power)) then
        raise log 'governance: % was refused the power to %', session_user, power;
        raise exception 'Login % may not %: policy version % names %',
            session_user, replace(power, '_', ' '), (governance.policy_in_force()).policy_version,
            coalesce(nullif(array_to_string(governance.named_by_policy(power), ', '), ''), 'nobody')
            using errcode = 'insufficient_privilege',
            hint = 'Act as yourself: put the connection that `eis access add` gave you in EIS_USER_URL.';
    end if;
end
$$;

create or replace function governance.require_reason(reason text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    if length(trim(coalesce(reason, ''))) < 10 then
        raise exception 'A reason of at least ten letters is needed: somebody will read it in a year'
            using errcode = 'check_violation';
    end if;
end
$$;

-- The audit log

-- What is hashed, a line for each part; the content comes last, because only it may hold line ends.
create or replace function governance.hash_entry(
    previous_hash text, entry_no bigint, recorded_at timestamptz, actor text, action text, content jsonb
) returns text
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select encode(sha256(convert_to(
        concat_ws(
            E'\n', previous_hash, entry_no, to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            actor, action, content
        ), 'UTF8'
    )), 'hex')
$$;

create or replace function governance.append_audit(action text, content jsonb) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    head governance.audit_head;
    entry governance.audit_log;
begin
    perform set_config('synchronous_commit', 'on', true);  -- nobody can rebuild it
    select * into strict head from governance.audit_head for update;
    entry.entry_no := head.entry_no + 1;
    entry.recorded_at := clock_timestamp();
    entry.actor := session_user;
    entry.action := append_audit.action;
    entry.content := append_audit.content;
    entry.previous_hash := head.hash;
    entry.hash := governance.hash_entry(
        head.hash, entry.entry_no, entry.recorded_at, entry.actor, entry.action, entry.content
    );
    insert into governance.audit_log values (entry.*);
    update governance.audit_head set entry_no = entry.entry_no, hash = entry.hash;
    return entry.entry_no;
end
$$;

-- Policy

-- Put a policy in force, unless it is the one that is; its version.
create or replace function governance.load_policy(new_content jsonb) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    digest text := encode(sha256(convert_to(cast(new_content as text), 'UTF8')), 'hex');
    latest governance.policy;
begin
    lock table governance.policy in share row exclusive mode;
    select * into latest from governance.policy order by policy_version desc limit 1;
    if latest.sha256 is distinct from digest then
        insert into governance.policy (policy_version, sha256, content)
        values (coalesce(latest.policy_version, 0) + 1, digest, new_content)
        returning * into latest;
        perform governance.append_audit(
            'policy_loaded', jsonb_build_object('policy_version', latest.policy_version, 'sha256', digest)
        );
        perform governance.apply_access();
    end if;
    return latest.policy_version;
end
$$;

-- The day against which lists expire: the calendar's, where the department is, or the last as-of date of its data.
create or replace function governance.today() returns date
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    policy jsonb := (governance.policy_in_force()).content;
    last_as_of date;
begin
    if policy ->> 'clock' = 'data' and to_regclass('features.as_of_dates') is not null then
        select max(as_of_date) into last_as_of from features.as_of_dates;
    end if;
    return coalesce(last_as_of, cast(now() at time zone (policy ->> 'timezone') as date));
end
$$;

-- Models

create or replace function governance.model_state(id text) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select coalesce(
        (select decision from governance.model_decisions where model_id = id order by decision_no desc limit 1),
        'proposed'
    )
$$;

create or replace function governance.decide_on_model(
    id text, new_decision text, mode text, reason text
) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    model record;
begin
    perform governance.require_reason(reason);
    select models.model_id, models.outcome, models.model_group into model
    from ml.models where models.model_id = id and models.artefact_sha256 is not null;
    if model.model_id is null then
        raise exception 'There is no fitted model %', id
            using errcode = 'no_data_found', hint = 'See `eis models list`.';
    end if;
    perform pg_advisory_xact_lock(hashtext('governance.model_decisions'));
    if governance.model_state(id) = new_decision then
        raise exception 'Model % is % already', id, new_decision using errcode = 'unique_violation';
    end if;
    insert into governance.model_decisions (model_id, decision, mode, decided_by, reason, policy_version)
    values (id, new_decision, decide_on_model.mode, session_user, decide_on_model.reason,
        (governance.policy_in_force()).policy_version);
    perform governance.append_audit('model_' || new_decision, jsonb_build_object(
        'model_id', id, 'outcome', model.outcome, 'model_group', model.model_group,
        'mode', decide_on_model.mode, 'reason', decide_on_model.reason,
        'policy_version', (governance.policy_in_force()).policy_version
    ));
end
$$;

create or replace function governance.approve_model(id text, reason text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform governance.require_power('approve');
    perform governance.decide_on_model(id, 'approved', 'manual', reason);
end
$$;

-- What a run does where the policy says `approval: automatic`: approve a model on which nobody has decided yet.
create or replace function governance.approve_automatically(id text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if (governance.policy_in_force()).content ->> 'approval' <> 'automatic' or governance.model_state(id) <> 'proposed'
    then
        return false;
    end if;
    perform governance.decide_on_model(id, 'approved', 'automatic', 'The policy says approval: automatic.');
    return true;
end
$$;

create or replace function governance.retire_model(id text, reason text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not governance.is_operator() then
        perform governance.require_power('approve');
    end if;
    perform governance.decide_on_model(id, 'retired', 'manual', reason);
end
$$;

-- Lists

create or replace view governance.lists as
select
    published.*,
    withdrawals.withdrawn_at,
    withdrawals.withdrawn_by,
    withdrawals.reason as withdrawal_reason,
    case
        when withdrawals.list_id is not null then 'withdrawn'
        when published.list_id < max(published.list_id) over (partition by published.outcome) then 'superseded'
        when published.valid_until < governance.today() then 'expired'
        else 'current'
    end as status
from governance.published_lists as published
left join governance.withdrawals on published.list_id = withdrawals.list_id;

-- Take back the current list of an outcome, or of every outcome; how many.
create or replace function governance.withdraw_lists(which_outcome text, reason text) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    taken record;
    n integer := 0;
begin
    if not governance.is_operator() then
        perform governance.require_power('withdraw');
    end if;
    perform governance.require_reason(reason);
    -- Neither a list that is being published meanwhile nor another withdrawal slips through.
    perform pg_advisory_xact_lock(hashtext('governance.published_lists'));
    for taken in
        select list_id, outcome, as_of_date, model_id from governance.lists
        where status = 'current' and (which_outcome is null or outcome = which_outcome) order by list_id
    loop
        insert into governance.withdrawals (list_id, withdrawn_by, reason)
        values (taken.list_id, session_user, withdraw_lists.reason);
        perform governance.append_audit('list_withdrawn', jsonb_build_object(
            'list_id', taken.list_id, 'outcome', taken.outcome, 'as_of_date', taken.as_of_date,
            'model_id', taken.model_id, 'reason', withdraw_lists.reason
        ));
        n := n + 1;
    end loop;
    return n;
end
$$;

-- Reading about officers

create or replace function governance.my_units() returns setof text
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select unit_id from governance.supervisor_units where login = session_user
$$;

create or replace function governance.may_read_unit(unit text) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select
        governance.is_member_of(governance.named_by_policy('read_all_units'))
        or (
            governance.is_member_of(governance.named_by_policy('read_own_units'))
            and unit in (select governance.my_units())
        )
$$;

-- The current scores that the caller may see, of everybody or of one officer for a stated purpose. That they were read is on record even if the caller's transaction is
-- rolled back: it is in the server's log too.
create or replace function governance.read_scores(only_officer text default null, purpose text default null)
returns table (
    officer_id text, full_name text, unit_id text, outcome text, as_of_date date, score double precision,
    percentile double precision, rank integer, is_on_list boolean, review_due_on date, valid_until date,
    approval text, clock text
)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    units text [];
    seen text [];
    sees_names boolean := governance.is_member_of(governance.named_by_policy('read_names'));
begin
    -- Once a unit, not once a row.
    select array_agg(known.unit_id) into units
    from (select distinct unit_id from governance.published_scores where unit_id is not null) as known
    where governance.may_read_unit(known.unit_id);
    select array_agg(distinct scores.officer_id) into seen
    from governance.published_scores as scores
    inner join governance.lists on scores.list_id = lists.list_id
    where lists.status = 'current' and scores.unit_id = any(units)
        and (only_officer is null or scores.officer_id = only_officer);
    if only_officer is not null then
        perform governance.require_reason(purpose);
    end if;
    if only_officer is not null and seen is null then
        raise log 'governance: % was refused the scores of officer %', session_user, to_json(only_officer);
        raise exception 'Login % has no current scores of officer % to read', session_user, only_officer
            using errcode = 'insufficient_privilege',
            hint = 'The officer is in none of the units of this login, or no list is current: `eis scores status`.';
    end if;
    insert into governance.score_reads (officer_id, via, purpose)
    select read_officer, case when only_officer is null then 'list' else 'officer' end, read_scores.purpose
    from unnest(seen) as read_officer;
    raise log 'governance: % read the scores of officers %', session_user, seen;
    return query
    select
        scores.officer_id, case when sees_names then names.full_name end, scores.unit_id, lists.outcome,
        lists.as_of_date, scores.score, scores.percentile, scores.rank, scores.is_on_list,
        case when scores.is_on_list then lists.review_due_on end, lists.valid_until, lists.approval, lists.clock
    from governance.published_scores as scores
    inner join governance.lists on scores.list_id = lists.list_id
    left join identity.officer_names as names on scores.officer_id = names.officer_id
    where lists.status = 'current' and scores.officer_id = any(seen)
    order by lists.outcome, scores.rank;
end
$$;

-- Everything held about one officer, a key for each table that names officers.
create or replace function governance.export_officer(officer text, reason text) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    holding record;
    held jsonb;
    everything jsonb := '{}';
begin
    perform governance.require_power('export');
    perform governance.require_reason(reason);
    for holding in
        select nspname as schema_name, relname as table_name
        from pg_catalog.pg_class
        inner join pg_catalog.pg_namespace on pg_namespace.oid = pg_class.relnamespace
        inner join pg_catalog.pg_attribute on pg_attribute.attrelid = pg_class.oid
        where relkind = 'r' and attname = 'officer_id' and not attisdropped
            and nspname in (
                'identity', 'core', 'events', 'features', 'labels', 'ml', 'explanations', 'monitoring', 'scores', 'governance'
            )
        order by 1, 2
    loop
        execute format(
            'select jsonb_agg(to_jsonb(held)) from %I.%I as held where officer_id = $1',
            holding.schema_name, holding.table_name
        ) into held using officer;
        if held is not null then
            everything := everything || jsonb_build_object(holding.schema_name || '.' || holding.table_name, held);
        end if;
    end loop;
    if everything = '{}' then
        raise exception 'Nothing is held about an officer %', officer using errcode = 'no_data_found';
    end if;
    perform governance.append_audit('officer_exported', jsonb_build_object(
        'officer_id', officer, 'reason', reason, 'tables', (select jsonb_agg(key) from jsonb_object_keys(everything) as key)
    ));
    return everything;
end
$$;

drop policy if exists whole_lists on governance.published_scores;
create policy whole_lists on governance.published_scores for select
to eis_engineer, eis_scientist, eis_command, eis_auditor, eis_bi using (true);
drop policy if exists own_units on governance.published_scores;
create policy own_units on governance.published_scores for select
to eis_supervisor using (unit_id in (select governance.my_units()));

-- Grants

-- Give each role what the policy in force names, and nothing else. dbt makes tables anew, so each build calls it too.
create or replace function governance.apply_access() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    policy jsonb := (governance.policy_in_force()).content;
    all_roles constant text [] := array[
        'eis_engineer', 'eis_scientist', 'eis_command', 'eis_supervisor', 'eis_auditor', 'eis_bi'
    ];
    managed constant text [] := array[
        'raw', 'quarantine', 'staging', 'core', 'events', 'features', 'labels', 'ml', 'explanations', 'scores',
        'monitoring', 'governance', 'identity'
    ];
    -- What is read of schema governance: neither scores nor names.
    records constant text := 'governance.policy, governance.audit_log, governance.model_decisions,'
        ' governance.publication_decisions, governance.published_lists, governance.withdrawals, governance.lists,'
        ' governance.logins, governance.supervisor_units, governance.score_reads';
    schema_name text;
    role_name text;
    view_name text;
begin
    revoke all on all functions in schema governance from public;
    foreach role_name in array all_roles loop
        foreach schema_name in array managed loop
            if to_regnamespace(schema_name) is not null then
                execute format('revoke all on all tables in schema %I from %I', schema_name, role_name);
                execute format('revoke all on all functions in schema %I from %I', schema_name, role_name);
                execute format('revoke all on schema %I from %I', schema_name, role_name);
            end if;
        end loop;
        execute format('grant usage on schema governance to %I', role_name);
        execute format('grant execute on function governance.today() to %I', role_name);
        for schema_name in select jsonb_array_elements_text(policy -> 'readers' -> role_name) loop
            if schema_name = 'governance' then
                execute format('grant select on %s to %I', records, role_name);
            elsif to_regnamespace(schema_name) is not null then
                execute format('grant usage on schema %I to %I', schema_name, role_name);
                execute format('grant select on all tables in schema %I to %I', schema_name, role_name);
            end if;
            if schema_name = 'scores' then
                execute format('grant select on governance.published_scores, governance.lists to %I', role_name);
            end if;
        end loop;
        if policy -> 'powers' -> 'approve' ? role_name then
            execute format(
                'grant execute on function governance.approve_model(text, text), governance.retire_model(text, text)'
                ' to %I', role_name
            );
        end if;
        if policy -> 'powers' -> 'withdraw' ? role_name then
            execute format('grant execute on function governance.withdraw_lists(text, text) to %I', role_name);
        end if;
        if policy -> 'powers' -> 'export' ? role_name then
            execute format('grant execute on function governance.export_officer(text, text) to %I', role_name);
        end if;
        if policy -> 'powers' -> 'read_all_units' ? role_name or policy -> 'powers' -> 'read_own_units' ? role_name then
            execute format('grant execute on function governance.read_scores(text, text) to %I', role_name);
            foreach view_name in array array['visible_officer_scores', 'visible_officer_reasons', 'visible_officer_evidence']
            loop
                if to_regclass('scores.' || view_name) is not null then
                    execute format('grant usage on schema scores to %I', role_name);
                    execute format('grant select on scores.%I to %I', view_name, role_name);
                end if;
            end loop;
        end if;
    end loop;
    grant execute on function governance.my_units() to eis_supervisor;
end
$$;

-- Retention

-- Delete published scores and records of reading that are older than the policy keeps them; how many rows.
create or replace function governance.delete_expired() returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    kept jsonb := (governance.policy_in_force()).content -> 'retention';
    n_scores integer;
    n_reads integer;
begin
    delete from governance.published_scores using governance.published_lists as lists
    where published_scores.list_id = lists.list_id
        and lists.as_of_date < governance.today() - make_interval(months => cast(kept ->> 'scores_months' as integer));
    get diagnostics n_scores = row_count;
    delete from governance.score_reads
    where read_at < now() - make_interval(months => cast(kept ->> 'score_reads_months' as integer));
    get diagnostics n_reads = row_count;
    if n_scores + n_reads > 0 then
        perform governance.append_audit('retention_applied', jsonb_build_object(
            'published_scores', n_scores, 'score_reads', n_reads,
            'policy_version', (governance.policy_in_force()).policy_version
        ));
    end if;
    return n_scores + n_reads;
end
$$;

revoke all on all functions in schema governance from public;
