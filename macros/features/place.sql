{% macro beat_history(table) -%}
    {#- Rows of the table that name a beat, with how many of the beat's rows had become known in the year before, of all and of this officer. -#}
select
    {{ primary_key_of(table) }},
    officer_id,
    beat,
    cast(count(*) over in_beat as integer) as beat_rows_before,
    cast(count(*) over in_beat_of_officer as integer) as own_beat_rows_before,
    {{ happened_on_of(table) }} as happened_on,
    known_on
from {{ ref(table) }}
where beat is not null
window
    in_beat as (
        partition by beat order by known_on range between interval '365 days' preceding and interval '1 day' preceding
    ),
    in_beat_of_officer as (
        partition by officer_id, beat order by known_on
        range between interval '365 days' preceding and interval '1 day' preceding
    )
{%- endmacro %}
