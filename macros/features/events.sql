{#-
    Families that count events.

    family = {kind: 'events', name, streams: [{table, model, known_on, measures: [...]}]}
    A stream is a core table dated by the day on which its facts became known; complaints are two streams, received and decided.
    `model` names what is read instead where it is derived from the core table, an int_ model in models/events; `uses` names the columns of
    the core table without which it would be empty.
    measure = {name, label, where (condition, default all rows), sum (integer expression, default: count rows),
               windows (months, default all), days_since (default false), trend (default false), scope (default: the family's, or own)}
           or {name, label, where, until (day from which it is over)}: how many are open at the as-of date
    What a decision says counts from its day, but never before the row itself was known.
-#}

{% macro known(day) -%}
    {#- The day from which a fact dated by this column counts. -#}
    {{ return(day if day == 'known_on' else 'case when ' ~ day ~ ' is not null then greatest(' ~ day ~ ', known_on) end') }}
{%- endmacro %}

{% macro event_features(family) -%}
    {%- set features = [] -%}
    {%- for stream in family.streams -%}
        {%- for measure in stream.measures -%}
            {%- set prefix = family.name ~ '_' ~ measure.name -%}
            {%- set common = {
                'measure': measure.name, 'data_type': 'integer', 'denominator': none, 'sources': [stream.table], 'scope': measure.scope or family.scope or 'own',
                'absent': why_absent(stream.table, [stream.uses, stream.known_on, measure.where, measure.sum, measure.until]),
            } -%}
            {%- if measure.until -%}
                {%- do features.append(dict(common, kind='open', window=0, name=prefix ~ '_now', label=measure.label,
                    null_rule='never null: 0 when there is none')) -%}
            {%- endif -%}
            {%- for window in ([] if measure.until else measure.windows or all_windows()) -%}
                {%- do features.append(dict(common, kind='window', window=window, name=prefix ~ '_' ~ window_name(window),
                    label=measure.label ~ ' ' ~ window_words(window), null_rule='never null: 0 when there was none')) -%}
            {%- endfor -%}
            {%- if measure.trend -%}
                {%- do features.append(dict(common, kind='trend', window=12, name=prefix ~ '_trend',
                    label=measure.label ~ ': last 12 months less the 12 months before', null_rule='never null')) -%}
            {%- endif -%}
            {%- if measure.days_since -%}
                {%- do features.append(dict(common, kind='days_since', window=0, name=prefix ~ '_days_since',
                    label='Days since the last of: ' ~ measure.label | lower, null_rule='null when there was none')) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(features) }}
{%- endmacro %}

{% macro supplied_streams(family) -%}
    {#- The streams that this department has, each with the measures that it can have. -#}
    {%- set wanted = available_features_of(family) | map(attribute='measure') | unique | list -%}
    {%- set streams = [] -%}
    {%- for stream in family.streams if is_supplied(stream.table) -%}
        {%- set measures = stream.measures | selectattr('name', 'in', wanted) | list -%}
        {%- if measures -%}
            {%- do streams.append(dict(stream, measures=measures)) -%}
        {%- endif -%}
        {%- for day, ending in measures | selectattr('until', 'defined') | groupby('until') -%}
            {%- set over = [] -%}
            {%- for measure in ending -%}
                {%- do over.append({'name': measure.name ~ '_over', 'where': measure.where}) -%}
            {%- endfor -%}
            {%- do streams.append(dict(stream, known_on=day, measures=over)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(streams) }}
{%- endmacro %}

{% macro event_family(family) -%}
    {#- The model: bucket each stream by officer and month once, then every window of every as-of date from one pass. -#}
    {%- set features = available_features_of(family) -%}
    {%- set streams = supplied_streams(family) -%}
    {%- set wanted = streams | map(attribute='measures') | sum(start=[]) | map(attribute='name') | list -%}
    {%- set dated = features | selectattr('kind', 'equalto', 'days_since') | map(attribute='measure') | list -%}
    {%- set windows = features | selectattr('kind', 'equalto', 'window') | map(attribute='window') | list -%}
    {#- The last month is the month's own row: it needs no frame. -#}
    {%- set frames = (windows + ([12, 24] if features | selectattr('kind', 'equalto', 'trend') | list else [])
        + ([0] if dated or features | selectattr('kind', 'equalto', 'open') | list else [])) | unique | reject('equalto', 1) | list -%}

with

cohort as (
    select
        officer_id,
        as_of_date,
        month_number
    from {{ ref('officer_cohort') }}
    where {{ to_build('as_of_date') }}
),

-- Where a window begins, and the month after an as-of date: between two edges no window of any as-of date tells months apart.
edges as (
    select distinct as_of_months.month_number + steps.step as edge
    from (select distinct month_number from cohort) as as_of_months
    cross join (
        select 1 as step
        {% for window in all_windows() if window -%}
        union all
        select {{ 1 - window }}
        {% endfor %}
    ) as steps
),

-- What lies before the first edge counts in `ever` only.
buckets as (
    select
        months.month_number,
        coalesce(max(edges.edge), months.month_number) as bucket
    from {{ month_series('(select min(edge) - 1 from edges)', '(select max(edge) - 1 from edges)') }} as months
    left join edges
        on months.month_number >= edges.edge
    group by months.month_number
),

{% for stream in streams %}
stream_{{ loop.index }} as (
    select
        events.officer_id,
        buckets.bucket as month_number,
        {% for measure in stream.measures -%}
        {{ bucketed_measure(measure) }} as {{ measure.name }},
        {% if measure.name in dated -%}
        max({{ known(stream.known_on) }}) filter (where {{ measure.where or 'true' }}) as last_{{ measure.name }},
        {% endif -%}
        {% endfor -%}
        cast(null as date) as as_of_date
    from {{ ref(stream.model or stream.table) }} as events
    inner join buckets
        on greatest({{ first_month_knowing(known(stream.known_on)) }}, (select min(edge) - 1 from edges)) = buckets.month_number
    where
        {{ stream.known_on }} is not null
        and events.officer_id in (select officer_id from cohort)
    group by 1, 2
),
{% endfor %}

-- One row per officer and month with an event or an as-of date.
monthly as (
    select
        officer_id,
        month_number,
        {% for name in wanted -%}
        cast(sum({{ name }}) as integer) as {{ name }},
        {% if name in dated -%}
        max(last_{{ name }}) as last_{{ name }},
        {% endif -%}
        {% endfor -%}
        max(as_of_date) as as_of_date
    from (
        {% for current in streams -%}
        {% set outer = loop -%}
        select
            officer_id,
            month_number,
            {% for stream in streams -%}
            {% set mine = loop.index == outer.index -%}
            {% for measure in stream.measures -%}
            {{ measure.name if mine else 0 }} as {{ measure.name }},
            {% if measure.name in dated -%}
            {{ 'last_' ~ measure.name if mine else 'cast(null as date)' }} as last_{{ measure.name }},
            {% endif -%}
            {% endfor -%}
            {% endfor -%}
            as_of_date
        from stream_{{ loop.index }}
        union all
        {% endfor -%}
        select
            officer_id,
            month_number,
            {% for name in wanted -%}
            0 as {{ name }},
            {% if name in dated -%}
            cast(null as date) as last_{{ name }},
            {% endif -%}
            {% endfor -%}
            as_of_date
        from cohort
    ) as buckets
    group by officer_id, month_number
),

windowed as (
    select
        officer_id,
        {% for feature in features if feature.kind == 'window' -%}
        {% if feature.window == 1 -%}
        {{ feature.measure }} as {{ feature.name }},
        {% else -%}
        cast(sum({{ feature.measure }}) over window_{{ window_name(feature.window) }} as integer) as {{ feature.name }},
        {% endif -%}
        {% endfor -%}
        {% for feature in features if feature.kind == 'trend' -%}
        cast(
            2 * sum({{ feature.measure }}) over window_12m - sum({{ feature.measure }}) over window_24m as integer
        ) as {{ feature.name }},
        {% endfor -%}
        {% for feature in features if feature.kind == 'open' -%}
        cast(
            sum({{ feature.measure }}) over window_ever - sum({{ feature.measure }}_over) over window_ever as integer
        ) as {{ feature.name }},
        {% endfor -%}
        {% for feature in features if feature.kind == 'days_since' -%}
        cast(as_of_date - max(last_{{ feature.measure }}) over window_ever as integer) as {{ feature.name }},
        {% endfor -%}
        as_of_date
    from monthly
    {% for frame in frames -%}
    {{ 'window' if loop.first else '      ' }} window_{{ window_name(frame) }} as ({{ window_frame(frame) }}){{ ',' if not loop.last }}
    {% endfor %}
)

select *
from windowed
where as_of_date is not null
{%- endmacro %}

{% macro bucketed_measure(measure) -%}
    {#- Integers: sums over moving frames of int4 subtract what leaves, those of wider types are computed anew. -#}
    {%- if measure.sum -%}
    cast(coalesce(sum({{ measure.sum }}){{ ' filter (where ' ~ measure.where ~ ')' if measure.where }}, 0) as integer)
    {%- else -%}
    cast(count(*){{ ' filter (where ' ~ measure.where ~ ')' if measure.where }} as integer)
    {%- endif -%}
{%- endmacro %}
