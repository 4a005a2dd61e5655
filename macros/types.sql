{% macro try_cast(expression, type) -%}
    {#- The value, or null where the text is not a valid value of the type. -#}
    {{ return(adapter.dispatch('try_cast', 'eis')(expression, type)) }}
{%- endmacro %}

{% macro default__try_cast(expression, type) -%}
    try_cast(nullif(trim({{ expression }}), '') as {{ type }})
{%- endmacro %}

{% macro postgres__try_cast(expression, type) -%}
    {#- The types' own reading passes over spaces around a value, and takes no empty text. -#}
    case when pg_input_is_valid({{ expression }}, '{{ type }}') then cast({{ expression }} as {{ type }}) end
{%- endmacro %}

{% macro text(expression) -%}
    {#- Trimmed, lower case, null where empty: one spelling of a code. -#}
    nullif(lower(trim({{ expression }})), '')
{%- endmacro %}

{% macro decimal_comma(expression) -%}
    {#- Text of a number written 7,5, as one written 7.5. -#}
    replace(trim({{ expression }}), ',', '.')
{%- endmacro %}

{% macro month_first(expression) -%}
    {#- Text that begins with a day written 12/31/2025, as one that begins with 2025-12-31; other text as it is. -#}
    regexp_replace(trim({{ expression }}), '^(\d{1,2})[/.](\d{1,2})[/.](\d{4})', '\3-\1-\2')
{%- endmacro %}

{% macro day_first(expression) -%}
    {#- Text that begins with a day written 31/12/2025 or 31.12.2025, as one that begins with 2025-12-31; other text as it is. -#}
    regexp_replace(trim({{ expression }}), '^(\d{1,2})[/.](\d{1,2})[/.](\d{4})', '\3-\2-\1')
{%- endmacro %}
