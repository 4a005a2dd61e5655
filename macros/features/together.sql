{% macro officers_together(table, case_id) -%}
    {#- Pairs of officers with rows of the table in the same case; the first pair of an officer's case carries `is_first`. The officer's own
        first row in the case stands for it where one has to be pointed at. -#}
with

involved as (
    select
        {{ case_id }},
        officer_id,
        min({{ primary_key_of(table) }}) as {{ primary_key_of(table) }},
        min({{ happened_on_of(table) }}) as happened_on,
        min(known_on) as known_on
    from {{ ref(table) }}
    where {{ case_id }} is not null
    group by {{ case_id }}, officer_id
),

pairs as (
    select
        involved.officer_id,
        others.officer_id as other_officer_id,
        involved.{{ case_id }},
        involved.{{ primary_key_of(table) }},
        involved.happened_on,
        greatest(involved.known_on, others.known_on) as known_on
    from involved
    inner join involved as others
        on
            involved.{{ case_id }} = others.{{ case_id }}
            and involved.officer_id != others.officer_id
)

select
    officer_id,
    other_officer_id,
    {{ case_id }},
    row_number() over (partition by officer_id, {{ case_id }} order by known_on, other_officer_id) = 1 as is_first,
    {{ primary_key_of(table) }},
    happened_on,
    known_on
from pairs
{%- endmacro %}
