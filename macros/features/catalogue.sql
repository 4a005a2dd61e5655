{#- What is made from all declarations: the wide table's columns, the catalogue's rows and the comments that BI tools show. -#}

{% macro feature_models() -%}
    {#- Every family; officer_features joins them in this order. A new family is one model and one line here. -#}
    {{ return([
        'feat_activity',
        'feat_force',
        'feat_complaints',
        'feat_colleagues',
        'feat_vehicle',
        'feat_fatigue',
        'feat_stress',
        'feat_wellbeing',
        'feat_history',
        'feat_claims',
        'feat_place',
        'feat_associates',
        'feat_career',
        'feat_rates',
        'feat_peers',
        'feat_unit',
    ]) }}
{%- endmacro %}

{% macro declared_features() -%}
    {#- Every feature that any family declares, available or not, with its family and model; none while parsing. -#}
    {%- set declared = [] -%}
    {%- if execute -%}
        {%- for model_name in feature_models() -%}
            {%- set family = declared_family(model_name) -%}
            {%- for feature in features_of(family) -%}
                {%- do declared.append(dict(feature, family=family.name, model=model_name)) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(declared) }}
{%- endmacro %}

{% macro features_and_gaps() -%}
    {#- For `eis department check`: what each feature is made of, and the gap that it is missing for, as JSON. -#}
    {%- set found = [] -%}
    {%- for feature in declared_features() -%}
        {%- do found.append({'name': feature.name, 'family': feature.family, 'tables': feature.sources, 'gap': feature.absent}) -%}
    {%- endfor -%}
    {{ return(tojson(found)) }}
{%- endmacro %}

{% macro models_of_events() -%}
    {#- Models in models/events that families count instead of core tables, with the table that each is made of. -#}
    {{ return({
        'int_co_accused': 'complaints',
        'int_complaints_by_beat': 'complaints',
        'int_joint_arrests': 'arrests',
        'int_joint_force': 'uses_of_force',
        'int_force_by_beat': 'uses_of_force',
        'int_days_in_a_row': 'shifts',
    }) }}
{%- endmacro %}

{% macro comment_features() -%}
    {#- Post-hook: each column of a new officer_features explains itself in the database. A view that is replaced keeps its comments, and other
        declarations come with a full refresh. -#}
    {%- if execute and (should_full_refresh() or load_cached_relation(this) is none) -%}
    {%- for model_name in feature_models() -%}
    {%- for feature in available_features_of(declared_family(model_name)) %}
    comment on column {{ this }}.{{ feature.name }} is {{ literal(feature.label ~ '; ' ~ feature.null_rule) }};
    {%- endfor -%}
    {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{% macro literal(value) -%}
    {#- Text as a SQL literal; null where there is none. -#}
    {{ return("'" ~ value | replace("'", "''") ~ "'" if value else 'null') }}
{%- endmacro %}

{% macro threshold_rules() -%}
    {#- The department's threshold rules. One that names a feature which the department does not have stops the build, by name. -#}
    {%- for rule in var('threshold_rules') if execute and graph.nodes is defined -%}
        {%- set known = [] -%}
        {%- for model_name in feature_models() if rule.feature.startswith(declared_family(model_name).name ~ '_') -%}
            {%- do known.extend(available_features_of(declared_family(model_name)) | map(attribute='name')) -%}
        {%- endfor -%}
        {%- if rule.feature not in known -%}
            {%- do exceptions.raise_compiler_error(
                "departments/" ~ var('department') ~ "/department.yml: threshold rule '" ~ rule.name ~ "' names feature '"
                ~ rule.feature ~ "', which this department does not have. features.feature_catalog lists those that it has."
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(var('threshold_rules')) }}
{%- endmacro %}
