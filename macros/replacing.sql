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
    {%- set target = this.incorporate(type='table') -%}
    {%- set built = make_intermediate_relation(target) -%}

    {% do drop_relation_if_exists(load_cached_relation(built)) %}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set columns = same_columns(existing, sql) if is_read and existing is not none and existing.is_table else none -%}
    {% if columns %}
        {% call statement('main') -%}
            {{ fill_in_place(existing, columns, sql, replace_all_rows) }}
        {%- endcall %}
    {% else %}
        {% call statement('main') -%}
            {{ get_create_table_as_sql(False, built, sql) }}
        {%- endcall %}
        {% do create_indexes(built) %}
        {% do drop_relation_if_exists(existing) %}
        {% do adapter.rename_relation(built, target) %}
    {% endif %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do persist_docs(target, model) %}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% materialization incremental, adapter='postgres' %}
    {#- Only the increment is ours; making the table, and making it anew, stays dbt's. dbt writes an increment into a temporary table first,
        asks for the columns of both several times, and comments all of them again: docs/adr/0034. -#}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is none or not existing.is_table or should_full_refresh() -%}
        {%- set made = dbt.materialization_incremental_default() -%}
        {% do analyze_keys(this) %}
        {{ return(made) }}
    {%- endif -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set columns = same_columns(existing, sql) -%}
    {%- if not columns -%}
        {{ exceptions.raise_compiler_error(existing ~ ' has other columns than its SQL gives. Build it anew: --full-refresh.') }}
    {%- endif -%}
    {% call statement('main') -%}
        {{ fill_in_place(existing, columns, sql, adapter.get_incremental_strategy_macro(context, config.require('incremental_strategy'))) }}
    {%- endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [existing]}) }}
{% endmaterialization %}

{% macro analyze_keys(relation) -%}
    {#- The planner's statistics of the columns by which increments find a new table's rows. Until autovacuum comes by, at a moment of its own, it
        would take a third of all rows for those of one as-of date. -#}
    {%- call statement('analyze_keys', auto_begin=True) -%}
        analyze {{ relation }} ({{ config.require('indexes') | map(attribute='columns') | sum(start=[]) | unique | join(', ') }})
    {%- endcall -%}
    {% do adapter.commit() %}
{%- endmacro %}

{% macro fill_in_place(relation, columns, sql, replace) -%}
    {#- Rows of the table that the strategy takes away, and those of the SQL, in one statement. A contract is held against the SQL first. -#}
    {%- if config.get('contract').enforced -%}
        {%- do get_assert_columns_equivalent(sql) -%}
    {%- endif -%}
    {{ replace({'target_relation': relation, 'temp_relation': '(\n' ~ sql ~ '\n) as replacement', 'dest_columns': columns}) }}
{%- endmacro %}

{% macro replace_all_rows(arguments) -%}
    {{ replace_rows(arguments, 'true') }}
{%- endmacro %}

{% macro same_columns(relation, sql) -%}
    {#- The columns of a table that are those of the SQL, in whatever order; none where they differ. -#}
    {%- set wanted = adapter.get_column_schema_from_query(get_empty_subquery_sql(sql)) -%}
    {%- set found = adapter.get_column_schema_from_query('select * from ' ~ relation ~ ' where false') -%}
    {{ return(wanted if list_columns(wanted) == list_columns(found) else none) }}
{%- endmacro %}

{% macro list_columns(columns) -%}
    {#- Names and types, as a list that can be compared. -#}
    {%- set found = [] -%}
    {%- for column in columns -%}
        {%- do found.append((column.name, column.data_type)) -%}
    {%- endfor -%}
    {{ return(found | sort) }}
{%- endmacro %}

{% macro postgres__persist_docs(relation, model, for_relation, for_columns) -%}
    {#- All comments in one statement. dbt asks the database twice which columns there are, to pass over documented ones that are not: here these
        stop the build. -#}
    {%- set comments = [] -%}
    {%- if for_relation and config.persist_relation_docs() and model.description -%}
        {%- do comments.append(alter_relation_comment(relation, model.description)) -%}
    {%- endif -%}
    {%- for column in model.columns.values() if for_columns and config.persist_column_docs() -%}
        {%- do comments.append(
            'comment on column ' ~ relation ~ '.' ~ adapter.quote(column.name) ~ ' is ' ~ postgres_escape_comment(column.description) ~ ';'
        ) -%}
    {%- endfor -%}
    {%- if comments -%}
        {%- call statement('persist_docs') -%}{{ comments | join }}{%- endcall -%}
    {%- endif -%}
{%- endmacro %}
