{#-
    From a family's declaration to the list of its features.

    A declaration is the dictionary `family` in a model feat_<family>.sql. Both the SQL of that model and feature_catalog are made
    from the list returned here, so the two cannot disagree. One item of the list:
        name         column, <family>_<measure>_<window>
        label        plain-language name
        data_type    of the column
        window       months; 0 for ever; none where it makes no sense
        denominator  what it is divided by, or none
        sources      core tables
        null_rule    what null means
        scope        'own': what the officer did, drew or underwent; 'context': what the post brings, for whoever holds it
        absent       why this department has no such feature, or none
    and what the SQL needs beside it.
-#}

{% macro features_of(family) -%}
    {%- set describe = {
        'events': event_features,
        'ratios': ratio_features,
        'standing': standing_features,
        'associates': associate_features,
        'plain': plain_features,
    }[family.kind] -%}
    {#- Families are made of families, and a dozen models ask for all of them. So each list is made once for a parsed project, and kept beside its
        graph under all that it depends on; while parsing, when there is no graph, it is made for whoever asks. -#}
    {%- set made = graph.setdefault('features_by_family', {}) if execute else {} -%}
    {%- set depends_on = tojson([family.name, supplied_tables(), var('absent_tables'), var('absent_columns')]) -%}
    {%- if depends_on not in made -%}
        {%- do made.update({depends_on: describe(family)}) -%}
    {%- endif -%}
    {{ return(made[depends_on]) }}
{%- endmacro %}

{% macro available_features_of(family) -%}
    {{ return(features_of(family) | rejectattr('absent') | list) }}
{%- endmacro %}

{% macro declared_family(model_name) -%}
    {#- The declaration that a model carries in its config; only while running, when the graph is known. -#}
    {{ return(graph.nodes['model.eis.' ~ model_name].config.meta.family) }}
{%- endmacro %}

{% macro why_absent(table, expressions) -%}
    {#- The reason why a table, or a column of it that one of the expressions uses, is not supplied; none if all is there. -#}
    {%- if table in var('absent_tables') -%}
        {{ return(var('absent_tables')[table]) }}
    {%- endif -%}
    {%- for qualified, reason in var('absent_columns').items() -%}
        {%- set absent_table, column = qualified.split('.') -%}
        {%- if absent_table == table and modules.re.search('\\b' ~ column ~ '\\b', expressions | select | join(' ')) -%}
            {{ return(reason) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro %}
