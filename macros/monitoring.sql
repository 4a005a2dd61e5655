{#- Arithmetic that the tables of monitoring share. -#}

{% macro fewest_expected(count) -%}
    {#- Lower end of the 95 % interval of the mean of a Poisson count, by Byar's formula: within 1 % of the exact one from 4 on, and 0 for 0. -#}
    case when {{ count }} > 0 then greatest({{ count }} * power(1 - 1 / (9.0 * {{ count }}) - 1.96 / (3 * sqrt({{ count }})), 3), 0) else 0 end
{%- endmacro %}

{% macro most_expected(count) -%}
    {#- Upper end of that interval; 3.67 for a count of 0, the exact one being 3.69. -#}
    ({{ count }} + 1) * power(1 - 1 / (9.0 * ({{ count }} + 1)) + 1.96 / (3 * sqrt({{ count }} + 1)), 3)
{%- endmacro %}

{% macro fewest_of(count, total) -%}
    {#- Lower end of Wilson's 95 % interval of a share; null of none. -#}
    {{ _wilson(count, total, '-') }}
{%- endmacro %}

{% macro most_of(count, total) -%}
    {#- Upper end of that interval. -#}
    {{ _wilson(count, total, '+') }}
{%- endmacro %}

{% macro _wilson(count, total, sign) -%}
    ({{ count }} + 1.96 * 1.96 / 2 {{ sign }} 1.96 * sqrt({{ count }} * ({{ total }} - {{ count }}) / cast(nullif({{ total }}, 0) as double precision) + 1.96 * 1.96 / 4))
    / (nullif({{ total }}, 0) + 1.96 * 1.96)
{%- endmacro %}

{% macro rounded(number, digits=2) -%}
    {#- A number as a finding tells it. -#}
    round(cast({{ number }} as numeric), {{ digits }})
{%- endmacro %}
