-- One row per outcome: how long after an event the department decides that it was adverse, measured on its own cases,
-- and until when its events are completely delivered: to the last as-of date where the department names no earlier day.
-- A composite outcome is as old as its slowest part: it has not happened when none of its parts can still turn out to have.

with

outcomes as (
    {% for outcome in var('outcomes') -%}
    select
        cast('{{ outcome.name }}' as text) as outcome,
        {% if outcome.observed_until -%}
        cast('{{ outcome.observed_until }}' as date) as observed_until,
        {%- else -%}
        (select max(as_of_date) from {{ ref('as_of_dates') }}) as observed_until,
        {%- endif %}
        {{ 'true' if outcome.is_decided_later else 'false' }} as is_decided_later
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

delays as (
    select
        outcome,
        count(*) as n_events,
        percentile_cont(0.5) within group (order by known_on - happened_on) as median_days,
        percentile_cont(0.9) within group (order by known_on - happened_on) as p90_days
    from {{ ref('adverse_events') }}
    where known_on is not null
    group by outcome
),

measured as (
    select
        outcomes.outcome,
        outcomes.is_decided_later,
        coalesce(delays.n_events, 0) as n_events,
        delays.median_days,
        delays.p90_days,
        -- A finding that makes an event adverse is waited for until nine in ten have come.
        case when outcomes.is_decided_later then cast(ceil(coalesce(delays.p90_days, 0)) as integer) else 0 end as maturity_days,
        outcomes.observed_until
    from outcomes
    left join delays
        on outcomes.outcome = delays.outcome
),

parts as (
    {% for outcome in var('outcomes') -%}
    {% set is_last = loop.last -%}
    {% for part in outcome.any_of or [outcome.name] -%}
    select
        '{{ outcome.name }}' as outcome,
        '{{ part }}' as part
    {{ 'union all' if not (loop.last and is_last) }}
    {% endfor -%}
    {% endfor %}
),

-- The last window that can be judged is that of the part whose windows close first.
slowest as (
    select
        parts.outcome,
        max(measured.maturity_days) as maturity_days,
        min(measured.observed_until - measured.maturity_days) + max(measured.maturity_days) as observed_until
    from parts
    inner join measured
        on parts.part = measured.outcome
    group by parts.outcome
)

select
    measured.outcome,
    measured.is_decided_later,
    measured.n_events,
    measured.median_days,
    measured.p90_days,
    slowest.maturity_days,
    slowest.observed_until
from measured
inner join slowest
    on measured.outcome = slowest.outcome
