-- One row per reason of an officer on a list and row of a core table behind it, the latest hundred of each reason.
-- Point in time: a row counts from the day on which it was known, as the feature counts it.
-- Made for every scoring that has a list, published or not, before the gate decides on it: scores.officer_score_evidence shows
-- what belongs to a published list, also when the month is scored anew and refused. Rows are read from what the department holds today:
-- what was expunged or taken back stands under no list, be it one that was published before.
{% for table in supplied_tables() -%}
-- depends_on: {{ ref(table) }}
{% endfor -%}
{% for model, table in models_of_events().items() if is_supplied(table) -%}
-- depends_on: {{ ref(model) }}
{% endfor -%}
{% set streams = evidence_streams() if execute else [] -%}
{% set features = evidence_of_features() if execute else {} -%}
{% set most_rows = 100 -%}

with

listed as (
    select distinct
        as_of_date,
        outcome,
        scored_at,
        officer_id
    from {{ source('ml', 'list_members') }}
),

reasons as (
    select reasons.*
    from {{ source('ml', 'reasons') }} as reasons
    inner join listed
        on
            reasons.as_of_date = listed.as_of_date
            and reasons.outcome = listed.outcome
            and reasons.scored_at = listed.scored_at
            and reasons.officer_id = listed.officer_id
),

-- Which events each feature counts, as declared.
declared as (
    select * from (
        values
        {% for name, behind in features.items() -%}
        ('{{ name }}', '{{ behind.stream }}', '{{ behind.measure }}', {{ behind.months }}, '{{ behind.kind }}'),
        {% endfor -%}
        (null, null, null, null, null)
    ) as rows (feature_name, stream, measure, months, kind)
),

-- Names of their own, because conditions of a declaration name columns of the events plainly.
wanted as (
    select
        reasons.officer_id as wanted_officer_id,
        reasons.as_of_date as wanted_as_of_date,
        {{ month_number('reasons.as_of_date') }} as wanted_month,
        reasons.outcome as wanted_outcome,
        reasons.scored_at as wanted_scored_at,
        reasons.direction as wanted_direction,
        reasons.reason_rank as wanted_rank,
        declared.stream as wanted_stream,
        declared.measure as wanted_measure,
        declared.months as wanted_months,
        declared.kind as wanted_kind
    from reasons
    inner join declared
        on reasons.feature_name = declared.feature_name
),

{% for stream in streams -%}
{% set month = first_month_knowing(known(stream.known_on)) -%}
stream_{{ loop.index }} as (
    select
        wanted.*,
        cast('{{ stream.table }}' as text) as event_table,
        cast(events.{{ primary_key_of(stream.table) }} as text) as event_id,
        cast({{ 'events.happened_on' if stream.model else happened_on_of(stream.table) }} as date) as happened_on,
        cast({{ known(stream.known_on) }} as date) as known_on
    from wanted
    inner join {{ ref(stream.model or stream.table) }} as events
        on wanted.wanted_officer_id = events.officer_id
    where
        wanted.wanted_stream = '{{ stream.key }}'
        and {{ stream.known_on }} is not null
        and {{ month }} <= wanted.wanted_month
        and (wanted.wanted_months = 0 or {{ month }} > wanted.wanted_month - wanted.wanted_months)
        and case wanted.wanted_measure
            {% for measure in stream.measures -%}
            when '{{ measure.name }}' then {{ counts_for(measure, 'wanted.wanted_month') }}
            {% endfor -%}
        end
),

{% endfor -%}

found as (
    {% for stream in streams -%}
    select * from stream_{{ loop.index }}
    union all
    {% endfor -%}
    select
        wanted.*,
        cast(null as text) as event_table,
        cast(null as text) as event_id,
        cast(null as date) as happened_on,
        cast(null as date) as known_on
    from wanted
    where false
),

-- `Days since the last` rests on the last: all rows that became known on that day.
counted as (
    select
        *,
        rank() over (
            partition by wanted_officer_id, wanted_as_of_date, wanted_outcome, wanted_scored_at, wanted_direction, wanted_rank
            order by known_on desc
        ) as place_of_day
    from found
),

numbered as (
    select
        *,
        count(*) over reason as n_evidence,
        row_number() over (
            reason order by known_on desc, happened_on desc, event_table asc, event_id asc
        ) as evidence_number
    from counted
    where wanted_kind != 'days_since' or place_of_day = 1
    window reason as (partition by wanted_officer_id, wanted_as_of_date, wanted_outcome, wanted_scored_at, wanted_direction, wanted_rank)
)

select
    numbered.wanted_officer_id as officer_id,
    numbered.wanted_as_of_date as as_of_date,
    numbered.wanted_outcome as outcome,
    numbered.wanted_scored_at as scored_at,
    numbered.wanted_direction as direction,
    numbered.wanted_rank as reason_rank,
    cast(numbered.evidence_number as integer) as evidence_number,
    numbered.event_table,
    numbered.event_id,
    disputed.event_id is not null as is_disputed,
    numbered.happened_on,
    numbered.known_on,
    cast(numbered.n_evidence as integer) as n_evidence
from numbered
left join {{ ref('disputed_records') }} as disputed
    on numbered.event_table = disputed.event_table and numbered.event_id = disputed.event_id
where numbered.evidence_number <= {{ most_rows }}
