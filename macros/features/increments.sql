{#-
    Building only what new or corrected facts change.

    A feature row depends on facts known before its as-of date. So a fact that comes, goes or is corrected changes the rows from the
    first as-of date on that may use it, and none before. `fact_fingerprints` sums up the facts by that month; `features_to_build` compares
    it with what the features were built from, and says from which day on they are built anew. A new as-of date is a fact of its own month.
    A row in models/events that is made of several facts is known when the last of them is: what holds of features holds of it.
    An as-of date that retention takes from the calendar's beginning changes no other row: its rows are deleted, and nothing is built.
-#}

{% macro fact_sources() -%}
    {#- Every kind of fact that a feature can depend on: model, the month from which it counts, the values that matter. Only while running. -#}
    {%- set from_the_day = "{0} - interval '1 day'" -%}
    {%- set sources = [
        {'name': 'officers hired', 'model': 'officers', 'known_on': from_the_day.format('hired_on'),
         'values': ['officer_id', 'hired_on', 'is_separation_date_missing']},
        {'name': 'officers separated', 'model': 'officers', 'known_on': from_the_day.format('separated_on'), 'values': ['officer_id', 'separated_on']},
        {'name': 'assignments begun', 'model': 'assignments', 'known_on': from_the_day.format('greatest(valid_from, known_on)'),
         'values': ['assignment_id', 'officer_id', 'unit_id', 'unit_type', 'shift', 'valid_from', 'known_on']},
        {'name': 'assignments ended', 'model': 'assignments', 'known_on': from_the_day.format('valid_to'), 'values': ['assignment_id', 'valid_to']},
    ] -%}
    {%- if is_supplied('ranks') -%}
        {%- do sources.append({'name': 'ranks', 'model': 'ranks', 'known_on': 'known_on',
            'values': ['rank_id', 'officer_id', 'rank_group', 'annual_salary', 'effective_on', 'known_on']}) -%}
    {%- endif -%}
    {%- set streams = {} -%}
    {%- for model_name in feature_models() -%}
        {%- set family = declared_family(model_name) -%}
        {%- for stream in supplied_streams(family) if family.kind == 'events' -%}
            {#- What is derived from a core table, and from when it is known, follows from the columns that it uses. -#}
            {%- set day = 'known_on' if stream.model else stream.known_on -%}
            {#- Families that read the same rows by the same day share one pass over them. -#}
            {%- set read = streams.setdefault(
                stream.table ~ '.' ~ day, {'model': stream.table, 'known_on': day, 'values': ['officer_id', 'known_on', day]}
            ) -%}
            {%- do read['values'].extend(modules.re.findall('\\w+', stream.uses or '')) -%}
            {%- for measure in (stream.measures if not stream.model else []) -%}
                {%- do read['values'].extend([measure.where, measure.sum] | select) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- for pair in (supplied_pairs(family) if family.kind == 'associates' else []) -%}
            {%- set read = streams.setdefault(
                pair.table ~ '.known_on', {'model': pair.table, 'known_on': 'known_on', 'values': ['officer_id', 'known_on']}
            ) -%}
            {%- do read['values'].append(pair.uses) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for name, read in streams.items() -%}
        {%- do sources.append({'name': name, 'model': read.model, 'known_on': known(read.known_on),
            'values': without_derived(read['values'] | unique | list, graph.nodes['model.eis.' ~ read.model].columns | list)}) -%}
    {%- endfor -%}
    {{ return(sources) }}
{%- endmacro %}

{% macro without_derived(values, columns) -%}
    {#- Expressions over columns that are among the values themselves say nothing more, and cost a sixth of a table's checksum. -#}
    {%- set kept = values | select('in', columns) | list -%}
    {%- set plain = kept | list -%}
    {%- for value in values | reject('in', plain) -%}
        {%- if modules.re.findall('\\w+', value) | select('in', columns) | reject('in', plain) | list -%}
            {%- do kept.append(value) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(kept) }}
{%- endmacro %}

{% macro to_build(as_of_date) -%}
    {#- Condition on an as-of date: true for the rows that this run of the model has to build: those that changed facts touch, and the
        months that somebody chose. -#}
    {%- set decision = ref('features_to_build') -%}
    {{- is_decided(decision, as_of_date) if is_incremental() else 'true' -}}
{%- endmacro %}

{% macro was_built(as_of_date) -%}
    {#- The same in a test: a build looks at the rows that it made, since those before were tested when they were; `dbt test` and a full
        refresh look at all. -#}
    {%- set decision = ref('features_to_build') -%}
    {{- is_decided(decision, as_of_date) if execute and flags.WHICH == 'build' and not flags.FULL_REFRESH else 'true' -}}
{%- endmacro %}

{% macro is_decided(decision, as_of_date) -%}
    (
        {{ as_of_date }} >= cast('{{ run_query("select build_from from " ~ decision).columns[0].values()[0] }}' as date)
        {%- for month in var('chosen_months', []) %}
        or {{ as_of_date }} = cast('{{ month }}' as date)
        {%- endfor %}
    )
{%- endmacro %}

{% macro known_since(known_on) -%}
    {#- Condition on the day on which a row of events was known: true for the rows that changed facts can touch, known in the month before the
        first as-of date to be built, or later. -#}
    {%- set decision = ref('features_to_build') -%}
    {%- if is_incremental() -%}
    {{ known_on }} >= cast(
        cast('{{ run_query("select build_from from " ~ decision).columns[0].values()[0] }}' as date) - interval '1 month' as date
    )
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{% macro get_incremental_from_build_start_sql(arguments) -%}
    {#- dbt's hook for an incremental strategy: all rows from the as-of date on are replaced, and those before the calendar are gone. -#}
    {{ replace_rows(arguments, to_build('as_of_date') ~ " or as_of_date < cast('" ~ as_of_dates() | min ~ "' as date)") }}
{%- endmacro %}

{% macro get_incremental_from_changed_facts_sql(arguments) -%}
    {#- The same, for events: all rows known since are replaced. -#}
    {{ replace_rows(arguments, known_since('known_on')) }}
{%- endmacro %}

{% macro replace_rows(arguments, condition) -%}
    delete from {{ arguments.target_relation }} where {{ condition }};

    insert into {{ arguments.target_relation }} ({{ get_quoted_csv(arguments.dest_columns | map(attribute='name')) }})
    select {{ get_quoted_csv(arguments.dest_columns | map(attribute='name')) }} from {{ arguments.temp_relation }}
{%- endmacro %}

{% macro facts_built_from() -%}
    {#- Where the line remembers what the features were built from. -#}
    {{ return(ref('fact_fingerprints').incorporate(path={'identifier': 'features_built_from'})) }}
{%- endmacro %}

{% macro prepare_facts_built_from() -%}
    {#- Pre-hook of features_to_build. -#}
    create table if not exists {{ facts_built_from() }} as select * from {{ ref('fact_fingerprints') }} limit 0
{%- endmacro %}

{% macro strike_facts_to_build() -%}
    {#- Post-hook of features_to_build: what is being built anew counts as not built until all of it is, whatever happens meanwhile. -#}
    delete from {{ facts_built_from() }} where first_month >= (select first_month from {{ this }})
{%- endmacro %}

{% macro remember_facts_built_from() -%}
    {#- Post-hook of threshold_flags, the last to be built, in its transaction; only where the whole chain was built before it. -#}
    {%- set others = [] if not execute else graph.nodes.values() | selectattr('fqn.1', 'in', ['events', 'features']) | selectattr('resource_type', 'equalto', 'model')
        | map(attribute='unique_id') | reject('in', selected_resources) | list -%}
    {%- if not others %}
    truncate {{ facts_built_from() }};
    insert into {{ facts_built_from() }} select * from {{ ref('fact_fingerprints') }}
    {%- endif %}
{%- endmacro %}

{% macro row_checksum(expressions) -%}
    {#- Four bytes that differ, but for one case in four billion, where any of the values differs. -#}
    {{ return(adapter.dispatch('row_checksum', 'eis')(expressions)) }}
{%- endmacro %}

{% macro postgres__row_checksum(expressions) -%}
    hash_record(row({{ expressions | join(', ') }}))
{%- endmacro %}

{% macro duckdb__row_checksum(expressions) -%}
    cast(hash({{ expressions | join(', ') }}) % 4294967296 as bigint)
{%- endmacro %}
