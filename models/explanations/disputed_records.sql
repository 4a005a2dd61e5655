-- One row per record of a core table that is disputed. It stays in every feature; whoever is shown it is told.
{% for table in supplied_tables() -%}
select
    cast('{{ table }}' as text) as event_table,
    cast({{ primary_key_of(table) }} as text) as event_id,
    officer_id
from {{ ref(table) }}
where {{ is_marked(table, primary_key_of(table), 'disputed') }}
{{ 'union all' if not loop.last }}
{% endfor %}
