{#-
    From a reason to the rows behind it, read from the same declarations that the feature is computed from: table, condition, the day that
    counts, the window. So evidence cannot disagree with the feature: a count is the number of its rows.

    A rate rests on the rows of its numerator, a percentile on those of the value that is ranked. What others did (unit, associates)
    and plain facts of the career rest on no row of the officer's and have no evidence here.
-#}

{% macro evidence_streams() -%}
    {#- Every stream of events that features count: key, relation, event table, the day that counts, conditions by measure. Only while running. -#}
    {%- set streams = [] -%}
    {%- for model_name in feature_models() -%}
        {%- set family = declared_family(model_name) -%}
        {%- for stream in family.streams if family.kind == 'events' and is_supplied(stream.table) -%}
            {%- do streams.append(dict(stream, key=family.name ~ ' ' ~ loop.index, family=family.name)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(streams) }}
{%- endmacro %}

{% macro evidence_of_features() -%}
    {#- Feature -> the stream, measure, months and kind of the events behind it, for all features that have any. Only while running. -#}
    {%- set known, rows = {}, [] -%}
    {%- for stream in evidence_streams() -%}
        {%- for measure in stream.measures -%}
            {%- do known.update({stream.family ~ '_' ~ measure.name: stream.key}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set counted, derived = {}, [] -%}
    {%- for model_name in feature_models() -%}
        {%- set family = declared_family(model_name) -%}
        {%- for feature in available_features_of(family) -%}
            {%- if family.kind == 'events' -%}
                {%- set months = {'window': feature.window, 'trend': 24}.get(feature.kind, 0) -%}
                {%- do counted.update({feature.name: {
                    'stream': known[family.name ~ '_' ~ feature.measure], 'measure': feature.measure, 'months': months, 'kind': feature.kind,
                }}) -%}
            {%- elif family.kind == 'ratios' or family.statistic == 'percentile' -%}
                {%- do derived.append([feature.name, feature.needed[0]]) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for name, needed in derived if needed in counted -%}
        {%- do counted.update({name: counted[needed]}) -%}
    {%- endfor -%}
    {{ return(counted) }}
{%- endmacro %}

{% macro counts_for(measure, month) -%}
    {#- Condition on a row of the measure's stream, known by the month: that it counts. -#}
    {%- if measure.until -%}
    ({{ measure.where or 'true' }}) and ({{ measure.until }} is null or {{ first_month_knowing(known(measure.until)) }} > {{ month }})
    {%- else -%}
    {{ measure.where or 'true' }}
    {%- endif -%}
{%- endmacro %}
