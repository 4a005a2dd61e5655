-- Tables with rows that were on record before the day on which they took place: a mistyped day would let features know the future.
-- Assignments and steps of rank are ordered ahead, and count from the day on which they begin.
{% for table in supplied_tables() if table not in ['officers', 'assignments', 'ranks'] and happened_on_of(table) != 'known_on' -%}
select
    '{{ table }}' as event_table,
    count(*) as n_rows
from {{ ref(table) }}
where known_on < {{ happened_on_of(table) }}
having count(*) > 0
union all
{% endfor -%}
select
    cast(null as text) as event_table,
    0 as n_rows
where false
