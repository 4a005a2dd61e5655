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
    -- Whoever approves may not read the registry, and has read how the identifier begins.
    select models.model_id, models.outcome, models.model_group, count(*) over () as n_alike into model
    from ml.models where starts_with(models.model_id, id) and models.artefact_sha256 is not null
    order by models.model_id <> id limit 1;
    if model.model_id is null then
        raise exception 'There is no fitted model %', id
            using errcode = 'no_data_found', hint = 'See `eis models list`.';
    end if;
    if model.model_id <> id and model.n_alike > 1 then
        raise exception '% fitted models begin with %', model.n_alike, id
            using hint = 'See `eis models list`.';
    end if;
    perform pg_advisory_xact_lock(hashtext('governance.model_decisions'));
    if governance.model_state(model.model_id) = new_decision then
        raise exception 'Model % is % already', model.model_id, new_decision using errcode = 'unique_violation';
    end if;
    insert into governance.model_decisions (model_id, decision, mode, decided_by, reason, policy_version)
    values (model.model_id, new_decision, decide_on_model.mode, session_user, decide_on_model.reason,
        (governance.policy_in_force()).policy_version);
    perform governance.append_audit('model_' || new_decision, jsonb_build_object(
        'model_id', model.model_id, 'outcome', model.outcome, 'model_group', model.model_group,
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
    end as status,
    cast(policy.content -> 'lists' ->> 'capacity' as integer) as capacity
from governance.published_lists as published
inner join governance.publication_decisions as decisions on published.list_id = decisions.decision_no
inner join governance.policy on decisions.policy_version = policy.policy_version
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

-- The current scores that the caller may see, of everybody or of one officer for a stated purpose; with `listed`, only those on a list, or only
-- those that are not. Whose scores it returns, and nobody else, is put on record: even if the caller's transaction is rolled back, because it is in the
-- server's log too.
create or replace function governance.read_scores(only_officer text, purpose text, listed boolean)
returns table (
    officer_id text, full_name text, unit_id text, outcome text, as_of_date date, score double precision,
    percentile double precision, rank integer, is_on_list boolean, review_due_on date, valid_until date,
    approval text, clock text
)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    seen text [];
    sees_names boolean := governance.is_member_of(governance.named_by_policy('read_names'));
    -- Asked once, not once a row.
    sees_all_units boolean := governance.is_member_of(governance.named_by_policy('read_all_units'));
    own_units text [] := array(
        select my_units from governance.my_units()
        where governance.is_member_of(governance.named_by_policy('read_own_units'))
    );
begin
    select array_agg(distinct scores.officer_id) into seen
    from governance.published_scores as scores
    inner join governance.lists on scores.list_id = lists.list_id
    where lists.status = 'current' and (sees_all_units or scores.unit_id = any(own_units))
        and (only_officer is null or scores.officer_id = only_officer)
        -- Who sees one score of an officer sees all, so this comes after the units, where those matter.
        and (listed is null or not sees_all_units or scores.is_on_list = listed);
    if only_officer is not null then
        perform governance.require_reason(purpose);
    end if;
    if only_officer is not null and seen is null then
        raise log 'governance: % was refused the scores of officer %', session_user, to_json(only_officer);
        raise exception 'Login % has no current scores of officer % to read', session_user, only_officer
            using errcode = 'insufficient_privilege',
            hint = 'The officer is in none of the units of this login, or no list is current: `eis scores status`.';
    end if;
    if listed is not null and not sees_all_units then
        select array_agg(distinct scores.officer_id) into seen
        from governance.published_scores as scores
        inner join governance.lists on scores.list_id = lists.list_id
        where lists.status = 'current' and scores.is_on_list = listed and scores.officer_id = any(seen);
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
    where lists.status = 'current' and scores.officer_id = any(seen) and (listed is null or scores.is_on_list = listed)
    order by lists.outcome, scores.rank;
end
$$;

-- The same, listed or not. A function of its own: views hang on it, and a parameter cannot be added to a function under them.
create or replace function governance.read_scores(only_officer text default null, purpose text default null)
returns table (
    officer_id text, full_name text, unit_id text, outcome text, as_of_date date, score double precision,
    percentile double precision, rank integer, is_on_list boolean, review_due_on date, valid_until date,
    approval text, clock text
)
language sql security definer set search_path = pg_catalog, pg_temp
as $$
    select * from governance.read_scores(only_officer, purpose, null)
$$;

-- What a supervisor looks at before a talk with one officer, for a stated purpose: the scores, reasons and events that
-- explanations.officer_files has of an officer whom the caller may see. Refused and recorded as governance.read_scores() does it.
create or replace function governance.read_file(officer text, purpose text)
returns table (
    part text, outcome text, on_date date, known_on date, place integer, label text, words text, amount double precision,
    typical_amount double precision, contribution double precision
)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    perform from governance.read_scores(officer, purpose);
    return query
    select
        file.part, file.outcome, file.on_date, file.known_on, file.place, file.label, file.words, file.amount,
        file.typical_amount, file.contribution
    from explanations.officer_files as file
    where file.officer_id = officer
    order by file.part, file.outcome, file.place, file.on_date desc;
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

-- What people do with a list

-- One row per officer who was to be reviewed: those on the last list of an as-of date that nobody withdrew, with the latest
-- review of the officer for that date. A list that is no longer current may not be used, so what it left open was missed.
create or replace view governance.due_reviews as
with due as (
    select distinct on (outcome, as_of_date)
        list_id, outcome, as_of_date, review_due_on,
        -- Once a list, not once an officer: it asks for today.
        case
            when status <> 'current' then 'missed'
            when governance.today() > review_due_on then 'overdue'
            else 'open'
        end as status_without_review
    from governance.lists
    where review_due_on is not null and status <> 'withdrawn'
    order by outcome, as_of_date, list_id desc
),

done as (
    select distinct on (lists.outcome, lists.as_of_date, reviews.officer_id)
        lists.outcome,
        lists.as_of_date,
        reviews.officer_id,
        reviews.review_no,
        reviews.agrees,
        reviews.action,
        reviews.why_none,
        reviews.reviewed_by,
        reviews.reviewed_on,
        min(reviews.reviewed_on) over (partition by lists.outcome, lists.as_of_date, reviews.officer_id) as first_reviewed_on
    from governance.reviews
    inner join governance.published_lists as lists on reviews.list_id = lists.list_id
    order by lists.outcome, lists.as_of_date, reviews.officer_id, reviews.review_no desc
)

select
    due.list_id,
    due.outcome,
    due.as_of_date,
    scores.officer_id,
    scores.unit_id,
    due.review_due_on,
    done.review_no,
    done.first_reviewed_on,
    done.reviewed_on,
    done.reviewed_by,
    done.agrees,
    done.action,
    done.why_none,
    case
        when done.first_reviewed_on <= due.review_due_on then 'in time'
        when done.review_no is not null then 'late'
        else due.status_without_review
    end as status
from due
inner join governance.published_scores as scores on due.list_id = scores.list_id and scores.is_on_list
left join done
    on due.outcome = done.outcome and due.as_of_date = done.as_of_date and scores.officer_id = done.officer_id;

-- Whether the caller may see how the officers of a unit were reviewed: by a power over the unit's scores, or because the
-- policy lets the role read what governance keeps.
create or replace function governance.may_see_use_of(unit text) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select
        governance.is_operator()
        or governance.may_read_unit(unit) is true
        or governance.is_member_of(array(
            select readers.key
            from jsonb_each((governance.policy_in_force()).content -> 'readers') as readers
            where readers.value ? 'governance'
        ))
$$;

-- The reviews that are due or done, of the units that the caller may see. It tells who is listed: reading it is recorded.
create or replace function governance.read_reviews()
returns table (
    officer_id text, full_name text, unit_id text, outcome text, as_of_date date, list_id bigint, review_due_on date,
    status text, review_no bigint, reviewed_on date, reviewed_by text, agrees boolean, action text, why_none text
)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    units text [];
    sees_names boolean := governance.is_member_of(governance.named_by_policy('read_names'));
begin
    -- Once a unit, not once a row; who has none is in one without a name.
    select array_agg(known.unit_name) into units
    from (select distinct coalesce(unit_id, '') as unit_name from governance.due_reviews) as known
    where governance.may_see_use_of(known.unit_name);
    insert into governance.score_reads (officer_id, via)
    select distinct due.officer_id, 'reviews'
    from governance.due_reviews as due
    where coalesce(due.unit_id, '') = any(units);
    return query
    select
        due.officer_id, case when sees_names then names.full_name end, due.unit_id, due.outcome, due.as_of_date,
        due.list_id, due.review_due_on, due.status, due.review_no, due.reviewed_on, due.reviewed_by, due.agrees,
        due.action, due.why_none
    from governance.due_reviews as due
    left join identity.officer_names as names on due.officer_id = names.officer_id
    where coalesce(due.unit_id, '') = any(units)
    order by due.as_of_date desc, due.review_due_on, due.unit_id, due.officer_id;
end
$$;

-- Review an officer on the current list, as a role that the policy names and for a unit whose scores the caller may read;
-- the review's number. `agreed_reasons` and `doubted_reasons` are the ranks of the reasons that raised the score: of each
-- the reviewer says whether it holds.
create or replace function governance.record_review(
    officer text, agrees boolean, action text, why_none text default null,
    agreed_reasons integer [] default '{}', doubted_reasons integer [] default '{}'
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    listed record;
    judged integer [];
    shown integer [];
    review governance.reviews;
begin
    perform governance.require_power('review');
    select lists.list_id, lists.outcome, lists.as_of_date, lists.scored_at, scores.unit_id into listed
    from governance.lists
    inner join governance.published_scores as scores on lists.list_id = scores.list_id
    where lists.status = 'current' and lists.review_due_on is not null
        and scores.is_on_list and scores.officer_id = record_review.officer;
    if listed.list_id is null or governance.may_read_unit(listed.unit_id) is not true then
        raise exception 'Login % has no officer % to review', session_user, officer
            using errcode = 'insufficient_privilege',
            hint = 'Not on the current list that is reviewed, or in none of the units of this login: `eis reviews list`.';
    end if;
    select array_agg(judgement order by judgement) into judged
    from unnest(agreed_reasons || doubted_reasons) as judgement;
    select array_agg(reasons.reason_rank order by reasons.reason_rank) into shown
    from ml.reasons
    where reasons.as_of_date = listed.as_of_date and reasons.outcome = listed.outcome
        and reasons.scored_at = listed.scored_at and reasons.officer_id = record_review.officer
        and reasons.direction = 'raises';
    if judged is distinct from shown then
        raise exception 'The reasons that raise the score of officer % are %, and % were judged',
            officer, coalesce(array_to_string(shown, ', '), 'none'), coalesce(array_to_string(judged, ', '), 'none')
            using errcode = 'check_violation',
            hint = 'Say of each, once, whether it holds. Their words: scores.visible_officer_reasons.';
    end if;
    if action = 'none' then
        perform governance.require_reason(why_none);
    end if;
    insert into governance.reviews (list_id, officer_id, unit_id, agrees, action, why_none, reviewed_on)
    values (
        listed.list_id, record_review.officer, listed.unit_id, record_review.agrees, record_review.action,
        record_review.why_none, governance.today()
    )
    returning * into review;
    insert into governance.review_reasons (review_no, reason_rank, measure, agrees)
    select review.review_no, reasons.reason_rank, reasons.measure, reasons.reason_rank = any(agreed_reasons)
    from ml.reasons
    where reasons.as_of_date = listed.as_of_date and reasons.outcome = listed.outcome
        and reasons.scored_at = listed.scored_at and reasons.officer_id = record_review.officer
        and reasons.direction = 'raises';
    perform governance.append_audit('officer_reviewed', jsonb_build_object(
        'review_no', review.review_no, 'list_id', review.list_id, 'agrees', review.agrees, 'action', review.action
    ));
    return review.review_no;
end
$$;

-- Refuse the caller unless the policy lets the role review, and the officer is now in a unit that the caller may read.
create or replace function governance.require_supervision(officer text) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    found_unit text;
begin
    perform governance.require_power('review');
    select cohort.unit_id into found_unit
    from features.officer_cohort as cohort
    where cohort.officer_id = officer order by cohort.as_of_date desc limit 1;
    if governance.may_read_unit(found_unit) is not true then
        raise exception 'Officer % is in none of the units of login %', officer, session_user
            using errcode = 'insufficient_privilege', hint = 'The operator says which those are: `eis access units`.';
    end if;
    return found_unit;
end
$$;

create or replace function governance.require_past(day date) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    if day > governance.today() then
        raise exception '% has not come: today is %', day, governance.today() using errcode = 'check_violation',
            hint = 'What is planned is the action of a review. Enter it when it has happened.';
    end if;
end
$$;

-- Enter that an intervention began; its number.
create or replace function governance.record_intervention(
    officer text, kind text, started_on date default null, review bigint default null
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    unit text := governance.require_supervision(officer);
    entered governance.interventions;
begin
    perform governance.require_past(started_on);
    if review is not null and not exists (
        select from governance.reviews where review_no = review and officer_id = officer
    ) then
        raise exception 'There is no review % of officer %', review, officer using errcode = 'no_data_found',
            hint = 'See `eis reviews list --all`.';
    end if;
    insert into governance.interventions (officer_id, unit_id, kind, review_no, started_on, recorded_on)
    values (
        officer, unit, record_intervention.kind, review, coalesce(record_intervention.started_on, governance.today()),
        governance.today()
    )
    returning * into entered;
    perform governance.append_audit('intervention_recorded', jsonb_build_object(
        'intervention_no', entered.intervention_no, 'kind', entered.kind, 'review_no', entered.review_no
    ));
    return entered.intervention_no;
end
$$;

-- Enter that an intervention ended, and how.
create or replace function governance.end_intervention(number bigint, result text, ended_on date default null)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    begun governance.interventions;
    last_day date := coalesce(ended_on, governance.today());
begin
    select * into begun from governance.interventions where intervention_no = number;
    if begun.intervention_no is null then
        raise exception 'There is no intervention %', number using errcode = 'no_data_found',
            hint = 'See `eis interventions list`.';
    end if;
    perform governance.require_supervision(begun.officer_id);
    perform governance.require_past(last_day);
    if last_day < begun.started_on then
        raise exception 'Intervention % began on %, after %', number, begun.started_on, last_day
            using errcode = 'check_violation';
    end if;
    if exists (select from governance.intervention_ends where intervention_no = number) then
        raise exception 'Intervention % has ended already', number using errcode = 'unique_violation';
    end if;
    insert into governance.intervention_ends (intervention_no, ended_on, result, recorded_on)
    values (number, last_day, end_intervention.result, governance.today());
    perform governance.append_audit('intervention_ended', jsonb_build_object(
        'intervention_no', number, 'result', end_intervention.result
    ));
end
$$;

-- Interventions in the units that the caller may see.
create or replace function governance.read_interventions()
returns table (
    intervention_no bigint, officer_id text, unit_id text, kind text, review_no bigint, started_on date,
    recorded_by text, ended_on date, result text
)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select
        begun.intervention_no, begun.officer_id, begun.unit_id, begun.kind, begun.review_no, begun.started_on,
        begun.recorded_by, ended.ended_on, ended.result
    from governance.interventions as begun
    left join governance.intervention_ends as ended on begun.intervention_no = ended.intervention_no
    where governance.may_see_use_of(begun.unit_id)
    order by begun.intervention_no desc
$$;

-- Contested records

-- The mark that holds, of every record that has one.
create or replace view governance.current_marks as
select distinct on (table_name, record_hash) *
from governance.record_marks
order by table_name, record_hash, mark_no desc;

-- What stands for a record of the department model: tells nobody without the secret which one it is.
create or replace function governance.hash_record(table_name text, record_key text) returns text
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp
as $$
begin
    return encode(sha256(
        (select secret from governance.record_secret) || convert_to(table_name || E'\n' || record_key, 'UTF8')
    ), 'hex');
end
$$;

-- Whether a table of schema core has a record of this key; the key is the first column of each.
create or replace function governance.has_record(in_table text, record_key text) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    key_column text;
    found_it boolean;
begin
    select attname into key_column
    from pg_catalog.pg_attribute
    where attrelid = to_regclass(format('core.%I', in_table)) and attnum = 1;
    if key_column is null then
        raise exception 'There is no table core.%', in_table using errcode = 'no_data_found',
            hint = 'Tables of the department model: complaints, uses_of_force ... (docs/methodology/governance.md).';
    end if;
    execute format('select exists (select from core.%I where cast(%I as text) = $1)', in_table, key_column)
    into found_it using record_key;
    return found_it;
end
$$;

-- Mark a record as disputed or expunged, or as standing again: a dispute was settled, or the wrong record was expunged.
-- Takes effect with the next build. Neither the reason nor the authority is to repeat what the record said.
create or replace function governance.mark_record(
    in_table text, record_key text, new_mark text, authority text, reason text
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    digest text := governance.hash_record(in_table, record_key);
    standing text;
    entered governance.record_marks;
begin
    perform governance.require_power('mark_records');
    perform governance.require_reason(reason);
    if length(trim(coalesce(authority, ''))) < 3 then
        raise exception 'An authority is needed: the order, statute or decision by which it is done'
            using errcode = 'check_violation';
    end if;
    perform pg_advisory_xact_lock(hashtext('governance.record_marks'));
    select mark into standing from governance.current_marks where table_name = in_table and record_hash = digest;
    if coalesce(standing, 'stands') = new_mark then
        raise exception 'Record % of core.% is % already', record_key, in_table,
            case new_mark when 'stands' then 'neither disputed nor expunged' else new_mark end
            using errcode = 'unique_violation';
    end if;
    -- What is expunged is not in core any more once it was built; what was never marked has to be there.
    if not governance.has_record(in_table, record_key) and standing is distinct from 'expunged' then
        raise exception 'core.% has no record %', in_table, record_key using errcode = 'no_data_found',
            hint = 'Keys stand beside the evidence of a reason: scores.visible_officer_evidence.';
    end if;
    insert into governance.record_marks (table_name, record_hash, mark, authority, reason, marked_on)
    values (in_table, digest, new_mark, mark_record.authority, mark_record.reason, governance.today())
    returning * into entered;
    perform governance.append_audit('record_' || entered.mark, jsonb_build_object(
        'mark_no', entered.mark_no, 'table', in_table, 'record_hash', digest, 'authority', entered.authority,
        'reason', entered.reason
    ));
    return entered.mark_no;
end
$$;

drop policy if exists whole_lists on governance.published_scores;
create policy whole_lists on governance.published_scores for select
to eis_engineer, eis_scientist, eis_command, eis_auditor, eis_bi using (true);
drop policy if exists own_units on governance.published_scores;
create policy own_units on governance.published_scores for select
to eis_supervisor using (unit_id in (select governance.my_units()));

-- Monitoring

-- The bounds of each signal in the policy in force, and who gets its alerts. One row per signal.
create or replace view governance.signal_bounds as
select
    policy.policy_version,
    signals.key as signal,
    cast(signals.value ->> 'at_least' as double precision) as at_least,
    cast(signals.value ->> 'at_most' as double precision) as at_most,
    cast(signals.value ->> 'min_cases' as integer) as min_cases,
    signals.value ->> 'owner' as owner,
    cast(signals.value ->> 'due_days' as integer) as due_days
from (select policy_version, content from governance.policy order by policy_version desc limit 1) as policy
cross join lateral jsonb_each(policy.content -> 'monitoring' -> 'signals') as signals;

-- When a challenger is proposed. One row.
create or replace view governance.challenger_rules as
select
    policy_version,
    cast(content -> 'monitoring' -> 'challengers' ->> 'min_gain' as double precision) as min_gain,
    cast(content -> 'monitoring' -> 'challengers' ->> 'min_lists' as integer) as min_lists
from governance.policy
order by policy_version desc
limit 1;

-- Every alert, and what has become of it. One row per alert.
create or replace view governance.alert_register as
select
    alerts.*,
    case when closures.alert_id is null then 'open' else 'closed' end as status,
    closures.closed_on,
    closures.closed_by,
    closures.reason as closed_because
from governance.alerts
left join governance.alert_closures as closures on alerts.alert_id = closures.alert_id;

-- Enter what monitoring.signals says now: a signal beyond its bound opens an alert unless one is open, and one that is
-- within again closes it. What a person has closed comes back only with a later month. How many were opened.
create or replace function governance.raise_alerts() returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    n integer;
begin
    perform pg_advisory_xact_lock(hashtext('governance.alerts'));
    insert into governance.alert_closures (alert_id, closed_on, closed_by, reason)
    select
        known.alert_id, governance.today(), session_user,
        format('Within its bound again at %s. %s', signals.as_of_date, signals.finding)
    from governance.alert_register as known
    inner join monitoring.signals on known.signal = signals.signal and known.subject = signals.subject
    where known.status = 'open' and signals.is_current and signals.state = 'within'
        and signals.as_of_date >= known.as_of_date;
    insert into governance.alerts (
        signal, subject, as_of_date, value, bound, finding, opened_on, owner, due_on, policy_version
    )
    select
        signals.signal, signals.subject, signals.as_of_date, signals.value, signals.bound, signals.finding,
        governance.today(), bounds.owner, governance.today() + bounds.due_days, bounds.policy_version
    from monitoring.signals
    inner join governance.signal_bounds as bounds on signals.signal = bounds.signal
    where signals.is_current and signals.state = 'beyond'
        and not exists (
            select from governance.alert_register as known
            where known.signal = signals.signal and known.subject = signals.subject
                and (known.status = 'open' or known.as_of_date >= signals.as_of_date)
        )
    order by signals.signal, signals.subject;
    get diagnostics n = row_count;
    return n;
end
$$;

-- Close an alert: whoever does it says what it was.
create or replace function governance.close_alert(id bigint, reason text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    known governance.alert_register;
begin
    if not governance.is_operator() then
        perform governance.require_power('close_alerts');
    end if;
    perform governance.require_reason(reason);
    perform pg_advisory_xact_lock(hashtext('governance.alerts'));
    select * into known from governance.alert_register where alert_id = id;
    if known.alert_id is null or known.status = 'closed' then
        raise exception 'There is no open alert %', id
            using errcode = 'no_data_found', hint = 'See `eis alerts list`.';
    end if;
    insert into governance.alert_closures (alert_id, closed_on, closed_by, reason)
    values (id, governance.today(), session_user, close_alert.reason);
    perform governance.append_audit('alert_closed', jsonb_build_object(
        'alert_id', id, 'signal', known.signal, 'subject', known.subject, 'as_of_date', known.as_of_date,
        'reason', close_alert.reason
    ));
end
$$;

-- Propose each challenger that monitoring.champion_challenger says has won, once; how many. Nothing else follows by itself.
create or replace function governance.propose_challengers() returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    winner record;
    n integer := 0;
begin
    perform pg_advisory_xact_lock(hashtext('governance.challenger_proposals'));
    for winner in
        select standing.* from monitoring.champion_challenger as standing
        where standing.is_winning and not exists (
            select from governance.challenger_proposals as known
            where known.outcome = standing.outcome and known.challenger_model_id = standing.contender_model_id
                and known.champion = standing.champion
        )
        order by standing.outcome, standing.contender
    loop
        insert into governance.challenger_proposals (
            outcome, challenger, champion, challenger_model_id, n_lists, evidence, policy_version, proposed_on
        ) values (
            winner.outcome, winner.contender, winner.champion, winner.contender_model_id, winner.n_lists,
            to_jsonb(winner), (governance.policy_in_force()).policy_version, governance.today()
        );
        perform governance.append_audit('challenger_proposed', jsonb_build_object(
            'outcome', winner.outcome, 'challenger', winner.contender, 'champion', winner.champion,
            'model_id', winner.contender_model_id, 'n_lists', winner.n_lists, 'found_more', winner.found_more
        ));
        n := n + 1;
    end loop;
    return n;
end
$$;

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
    -- What is read of schema governance: neither scores nor names, nor who is listed, which governance.read_reviews() tells on record.
    records constant text := 'governance.policy, governance.audit_log, governance.model_decisions,'
        ' governance.publication_decisions, governance.published_lists, governance.withdrawals, governance.lists,'
        ' governance.logins, governance.supervisor_units, governance.score_reads,'
        ' governance.review_reasons, governance.interventions, governance.intervention_ends,'
        ' governance.record_marks, governance.current_marks,'
        ' governance.alerts, governance.alert_closures, governance.alert_register, governance.signal_bounds,'
        ' governance.challenger_proposals, governance.challenger_rules';
    sees_use boolean;
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
        if policy -> 'powers' -> 'review' ? role_name then
            execute format(
                'grant execute on function'
                ' governance.record_review(text, boolean, text, text, integer [], integer []),'
                ' governance.record_intervention(text, text, date, bigint),'
                ' governance.end_intervention(bigint, text, date) to %I', role_name
            );
        end if;
        if policy -> 'powers' -> 'mark_records' ? role_name then
            execute format(
                'grant execute on function governance.mark_record(text, text, text, text, text) to %I', role_name
            );
        end if;
        sees_use := policy -> 'powers' -> 'read_all_units' ? role_name or policy -> 'powers' -> 'read_own_units' ? role_name
            or policy -> 'readers' -> role_name ? 'governance';
        if sees_use then
            execute format(
                'grant execute on function governance.read_reviews(), governance.read_interventions() to %I', role_name
            );
        end if;
        if policy -> 'powers' -> 'close_alerts' ? role_name then
            execute format('grant execute on function governance.close_alert(bigint, text) to %I', role_name);
        end if;
        if policy -> 'powers' -> 'read_all_units' ? role_name or policy -> 'powers' -> 'read_own_units' ? role_name then
            execute format(
                'grant execute on function governance.read_scores(text, text),'
                ' governance.read_scores(text, text, boolean), governance.read_file(text, text) to %I', role_name
            );
            -- By their names: each of these views calls governance.read_scores().
            for view_name in
                select relname from pg_catalog.pg_class
                where relnamespace = to_regnamespace('scores') and relkind = 'v' and starts_with(relname, 'visible_')
            loop
                execute format('grant usage on schema scores to %I', role_name);
                execute format('grant select on scores.%I to %I', view_name, role_name);
            end loop;
            -- What is said of lists names no officer; what is said of units is for those who see all.
            foreach view_name in array array['published_lists', 'list_certainty', 'list_track_record', 'list_movements'] loop
                if to_regclass('scores.' || view_name) is not null
                    and (view_name <> 'list_movements' or policy -> 'powers' -> 'read_all_units' ? role_name)
                then
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
