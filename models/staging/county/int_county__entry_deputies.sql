-- One row per entry and deputy named in it: the three columns of the form, one below the other.
-- Point in time: as the entry's.

with

entries as (

    select * from {{ ref('stg_county__professional_standards_entries') }}

),

named as (
    {% for place in ['first', 'second', 'third'] %}
    select
        {{ place }}_officer_id as officer_id,
        entries.*
    from entries
    where {{ place }}_officer_id is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    entry_id || '-' || officer_id as entry_officer_id,
    entry_id,
    officer_id,
    entry_type,
    allegation,
    force_used,
    has_injury,
    disposition,
    action_taken,
    occurred_at,
    disposed_on,
    known_on
from named
