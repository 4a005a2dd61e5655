{#-
    Families that count events.

    family = {kind: 'events', name, streams: [{table, model, known_on, measures: [...]}]}
    A stream is a core table dated by the day on which its facts became known; complaints are two streams, received and decided.
    `model` names what is read instead where it is derived from the core table, an int_ model in models/events; `uses` names the columns of
    the core table that it is made of beside officer and `known_on`. Where the department lacks one of them the features are absent; where one is
    corrected they are built anew.
    `by_month` says that the measures of a stream dated by `known_on` are added up by month first, in int_<table>_by_month: for tables with very
    many rows (by_month.sql).
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
    {%- set features, spelled = [], {} -%}
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
                {#- A macro's call takes dbt a tenth of a millisecond: a handful a family, not two a feature. -#}
                {%- if window not in spelled -%}
                    {%- do spelled.update({window: [window_name(window), window_words(window)]}) -%}
                {%- endif -%}
                {%- do features.append(dict(common, kind='window', window=window, name=prefix ~ '_' ~ spelled[window][0],
                    label=measure.label ~ ' ' ~ spelled[window][1], null_rule='never null: 0 when there was none')) -%}
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
    {#- The model: add each stream up by officer and month once; every window of every as-of date is a difference of running totals. -#}
    {%- set features = available_features_of(family) -%}
    {%- set streams = supplied_streams(family) -%}
    {%- set wanted = streams | map(attribute='measures') | sum(start=[]) | map(attribute='name') | list -%}
    {%- set dated = features | selectattr('kind', 'equalto', 'days_since') | map(attribute='measure') | list -%}
    {%- set windows = (features | selectattr('kind', 'equalto', 'window') | map(attribute='window') | select | list
        + ([12, 24] if features | selectattr('kind', 'equalto', 'trend') | list else [])) | unique | sort -%}

with

cohort as (
    select
        officer_id,
        as_of_date,
        month_number
    from {{ ref('officer_cohort') }}
    where {{ to_build('as_of_date') }}
),

-- Officers by number: with the month added, one integer that joins by itself, and from which months are subtracted.
officers as (
    select
        officer_id,
        100000 * row_number() over (order by officer_id) as first_moment,
        max(month_number) as last_month
    from cohort
    group by officer_id
),

-- The months whose running totals are needed: each as-of date's own, and those before its windows.
edges as (
    select distinct as_of_months.month_number - windows.months as month_number
    from (select distinct month_number from cohort) as as_of_months
    cross join (
        select 0 as months
        {% for window in windows -%}
        union all
        select {{ window }}
        {% endfor %}
    ) as windows
),

-- The first edge that may know of what was known on a day; what is older than all edges is known at the first.
days as (
    select
        days.day,
        months.edge
    from {{ day_series(first_day_of('(select min(month_number) - 1 from edges)'), first_day_of('(select max(month_number) from edges)')) }} as days
    inner join (
        select
            months.month_number,
            min(edges.month_number) as edge
        from {{ month_series('(select min(month_number) from edges)', '(select max(month_number) from edges)') }} as months
        inner join edges
            on months.month_number <= edges.month_number
        group by months.month_number
    ) as months
        on {{ first_month_knowing('days.day') }} = months.month_number
),

{% for stream in streams %}
stream_{{ loop.index }} as (
    select
        {% for measure in stream.measures -%}
        {% set sums = family.name ~ '_' ~ measure.name -%}
        {{ 'sum(' ~ sums ~ ')' if stream.by_month else bucketed_measure(measure) }} as {{ measure.name }},
        {% if measure.name in dated -%}
        {{ 'max(last_' ~ sums ~ ')' if stream.by_month else last_counted(measure, known(stream.known_on)) }} as last_{{ measure.name }},
        {% endif -%}
        {% endfor -%}
        min(officers.first_moment) as first_moment,
        officers.first_moment + days.edge as moment
    from (
        select
            *,
            greatest({{ known(stream.known_on) }}, (select min(day) from days)) as counted_on
        from {{ ref('int_' ~ stream.table ~ '_by_month' if stream.by_month else stream.model or stream.table) }}
        where {{ stream.known_on }} is not null
    ) as events
    inner join officers
        on events.officer_id = officers.officer_id
    inner join days
        on events.counted_on = days.day
    -- By one expression: the planner then knows that it is unique, which keeps what follows small.
    group by officers.first_moment + days.edge
),
{% endfor %}

-- An officer's edges from the first fact to the last as-of date: before, all is 0.
moments as (
    select
        officers.first_moment,
        officers.first_moment + edges.month_number as moment
    from (
        select
            first_moment,
            min(moment) as first_fact
        from (
            {% for stream in streams -%}
            select first_moment, moment from stream_{{ loop.index }}
            {{ 'union all' if not loop.last }}
            {% else -%}
            -- The department has none of the family's tables: no officer has a moment, and no feature is computed.
            select first_moment, first_moment as moment from officers where false
            {% endfor %}
        ) as streams
        group by first_moment
    ) as facts
    inner join officers
        on facts.first_moment = officers.first_moment
    inner join edges
        on facts.first_fact - officers.first_moment <= edges.month_number and officers.last_month >= edges.month_number
),

running as (
    select
        {% for name in wanted -%}
        cast(sum({{ name }}) over history as integer) as {{ name }},
        {% if name in dated -%}
        max(last_{{ name }}) over history as last_{{ name }},
        {% endif -%}
        {% endfor -%}
        moments.moment
    from moments
    {% for stream in streams -%}
    left join stream_{{ loop.index }}
        on moments.moment = stream_{{ loop.index }}.moment
    {% endfor -%}
    window history as (
        partition by moments.first_moment order by moments.moment rows between unbounded preceding and current row
    )
)

-- A running total is 0 before the officer's first fact.
select
    cohort.officer_id,
    {% for feature in features if feature.kind == 'window' -%}
    coalesce(now.{{ feature.measure }}, 0)
    {%- if feature.window %} - coalesce(before_{{ feature.window }}m.{{ feature.measure }}, 0){% endif %} as {{ feature.name }},
    {% endfor -%}
    {% for feature in features if feature.kind == 'trend' -%}
    coalesce(now.{{ feature.measure }}, 0) - 2 * coalesce(before_12m.{{ feature.measure }}, 0)
    + coalesce(before_24m.{{ feature.measure }}, 0) as {{ feature.name }},
    {% endfor -%}
    {% for feature in features if feature.kind == 'open' -%}
    coalesce(now.{{ feature.measure }}, 0) - coalesce(now.{{ feature.measure }}_over, 0) as {{ feature.name }},
    {% endfor -%}
    {% for feature in features if feature.kind == 'days_since' -%}
    cast(cohort.as_of_date - now.last_{{ feature.measure }} as integer) as {{ feature.name }},
    {% endfor -%}
    cohort.as_of_date
from cohort
inner join officers
    on cohort.officer_id = officers.officer_id
left join running as now
    on officers.first_moment + cohort.month_number = now.moment
{% for window in windows -%}
left join running as before_{{ window }}m
    on officers.first_moment + cohort.month_number - {{ window }} = before_{{ window }}m.moment
{% endfor -%}
{%- endmacro %}

{% macro bucketed_measure(measure) -%}
    {%- if measure.sum -%}
    sum({{ measure.sum }}){{ ' filter (where ' ~ measure.where ~ ')' if measure.where }}
    {%- else -%}
    count(*){{ ' filter (where ' ~ measure.where ~ ')' if measure.where }}
    {%- endif -%}
{%- endmacro %}

{% macro last_counted(measure, day) -%}
    max({{ day }}) filter (where {{ measure.where or 'true' }})
{%- endmacro %}
