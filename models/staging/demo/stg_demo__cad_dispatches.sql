-- One row per call and officer; a row without a readable time is left out.
-- Point in time: known on the day the call was archived. A clearing before the dispatch is a mistake and not kept.

with

typed as (

    -- Repeated rows: the first one.
    select distinct on (call_number, badge)
        trim(call_number) as call_id,
        trim(badge) as badge,
        {{ text('call_type') }} as call_type,
        {{ text('source') }} = 'self' as is_officer_initiated,
        trim(beat) as beat,
        {{ try_cast('priority', 'integer') }} as priority,
        nullif({{ try_cast('dispatched_at', 'timestamp') }}, cast('1900-01-01' as timestamp)) as dispatched_at,
        {{ try_cast('cleared_at', 'timestamp') }} as cleared_at,
        {{ try_cast('archived_on', 'date') }} as known_on
    from {{ source('raw', 'cad_dispatches') }}
    order by call_number, badge, _row

)

select
    call_id,
    badge,
    call_type,
    is_officer_initiated,
    beat,
    priority,
    dispatched_at,
    case when cleared_at >= dispatched_at then cleared_at end as cleared_at,
    known_on
from typed
where dispatched_at is not null
