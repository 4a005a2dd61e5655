-- Nothing in schema ml is ever changed or removed, whoever asks: corrections are new rows. Runs last, so that it covers the tables of
-- every other file.

create or replace function ml.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '%.% is append-only: % refused', tg_table_schema, tg_table_name, lower(tg_op)
        using hint = 'Add a row that supersedes the other. Nothing that a score rests on may be rewritten.';
end
$$;

do $$
declare
    unguarded regclass;
begin
    for unguarded in
        select tables.oid::regclass
        from pg_class as tables
        where
            tables.relnamespace = 'ml'::regnamespace
            and tables.relkind in ('r', 'p')
            and not exists (
                select from pg_trigger where pg_trigger.tgrelid = tables.oid and pg_trigger.tgname = 'append_only'
            )
    loop
        execute format(
            'create trigger append_only before update or delete or truncate on %s '
            'for each statement execute function ml.refuse_change()',
            unguarded
        );
    end loop;
end
$$;
