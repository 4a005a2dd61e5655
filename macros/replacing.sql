{#- How models are replaced on PostgreSQL while people read them: docs/adr/0032.

    dbt's own way renames the old relation and then drops it with everything that hangs on it: from that moment until the last
    view above it is built again - for ever, if the run dies or a test fails before - readers find no table, or one that nobody
    may read. So views, and tables that are read while they are built, stay the same relation, with their grants and with the
    views above them. Readers see the old rows until the new ones are committed. -#}

{% materialization view, adapter='postgres' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='view') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% if existing is not none and not existing.is_view %}
        {% do adapter.drop_relation(existing) %}
    {% endif %}
    {% call statement('main') -%}
        do $replace_view$
        begin
            {{ get_replace_view_sql(target, sql) }}
        exception when invalid_table_definition then  -- its columns are others now: new code
            drop view {{ target }} cascade;
            {{ get_create_view_as_sql(target, sql) }}
        end
        $replace_view$
    {%- endcall %}
    {% do persist_docs(target, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% materialization table, adapter='postgres' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set is_read = config.get('meta', {}).get('is_read_while_built', false) -%}
    {%- if not is_read or existing is none or not existing.is_table -%}
        {{ return(dbt.materialization_table_default()) }}
    {%- endif -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set built = make_intermediate_relation(target) -%}

    {% do drop_relation_if_exists(load_cached_relation(built)) %}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        {{ get_create_table_as_sql(False, built, sql) }}
    {%- endcall %}
    {% if list_columns(existing) == list_columns(built) %}
        {% call statement('refill') -%}
            delete from {{ target }};
            insert into {{ target }} select * from {{ built }};
            drop table {{ built }};
        {%- endcall %}
    {% else %}
        {% do create_indexes(built) %}
        {% do adapter.drop_relation(existing) %}
        {% do adapter.rename_relation(built, target) %}
    {% endif %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do persist_docs(target, model) %}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% macro list_columns(relation) -%}
    {#- Names and types in order, as a list that can be compared. -#}
    {%- set found = [] -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do found.append((column.name, column.data_type)) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
