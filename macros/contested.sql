{#- Records that were expunged or are disputed: schema governance holds a hash of each, never its key. PostgreSQL only, like all of governance. -#}

{% macro record_hash(table, key) -%}
    {#- What governance.record_marks calls a record of a core table. -#}
    governance.hash_record('{{ table }}', cast({{ key }} as text))
{%- endmacro %}

{% macro is_marked(table, key, mark) -%}
    {#- Condition on a row of a core table. Nothing is hashed where no record of the table has the mark. -#}
    {%- set marked -%}
        select marks.record_hash from {{ ref('stg_governance__record_marks') }} as marks where marks.table_name = '{{ table }}' and marks.mark = '{{ mark }}'
    {%- endset -%}
    case when exists ({{ marked }}) then {{ record_hash(table, key) }} in ({{ marked }}) else false end
{%- endmacro %}

{% macro still_stands(table) -%}
    {#- Condition on a row of a department's mapping: neither it nor its officer was expunged. -#}
    not {{ is_marked(table, primary_key_of(table), 'expunged') }}
    {%- if table != 'officers' %}
    and not {{ is_marked('officers', 'officer_id', 'expunged') }}
    {%- endif -%}
{%- endmacro %}
