{#- Who may read what. PostgreSQL only; another warehouse dispatches to its own grants. -#}

{% macro ensure_roles() -%}
    {{ return(adapter.dispatch('ensure_roles', 'eis')()) }}
{%- endmacro %}

{% macro postgres__ensure_roles() -%}
    {#- The embedded server makes the login itself; on another server a role without login waits for the administrator's. -#}
    do $$
    begin
        if not exists (select from pg_roles where rolname = 'eis_bi') then
            create role eis_bi nologin;
        end if;
    end
    $$
{%- endmacro %}

{% macro open_to_bi() -%}
    {{ return(adapter.dispatch('open_to_bi', 'eis')()) }}
{%- endmacro %}

{% macro postgres__open_to_bi() -%}
    {#- BI reads what is published and how the line fares, and nothing else. -#}
    {%- if execute -%}
    {%- for schema in ('scores', 'monitoring') if adapter.check_schema_exists(target.database, schema) %}
    grant usage on schema {{ schema }} to eis_bi;
    grant select on all tables in schema {{ schema }} to eis_bi;
    {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
