{#- A reason in words, for somebody who knows the officer and not the model. -#}

{% macro reason_label(label, unit) -%}
    {#- The catalogue's label as the beginning of a sentence: `Mean of the others in the unit: arrests` reads `Arrests, mean of the others ...`. -#}
    case
        when {{ label }} ~ '^(Days since the last of|Mean of the others in the unit|Share of peers with less): '
            then
                upper(substring({{ label }} from '^[^:]+: (.)'))
                || substring({{ label }} from '^[^:]+: .(.*)$')
                || ', '
                || case
                    when {{ label }} like 'Days since the last of: %' then 'days since the last'
                    else lower(left({{ label }}, 1)) || substring({{ label }} from '^.([^:]+)')
                end
        when {{ unit }} = 'flag' then replace({{ label }}, ' (1 or 0)', '')
        else replace({{ label }}, ': ', ', ')
    end
{%- endmacro %}

{% macro in_hours(label) -%}
    {#- People think of long times in hours. -#}
    regexp_replace(regexp_replace({{ label }}, '\mminutes\M', 'hours', 'g'), '\mMinutes\M', 'Hours', 'g')
{%- endmacro %}

{% macro reason_value(value, unit) -%}
    {#- A number as its unit is read. -#}
    case
        when {{ value }} is null and {{ unit }} = 'days' then 'none on record'
        when {{ value }} is null then 'not known'
        when {{ unit }} = 'flag' then case when {{ value }} > 0.5 then 'yes' else 'no' end
        when {{ unit }} = 'share' then to_char(100 * {{ value }}, 'FM990') || ' %'
        else {{ plain_number("case when " ~ unit ~ " = 'minutes' then " ~ value ~ " / 60 else " ~ value ~ " end") }}
    end
{%- endmacro %}

{% macro plain_number(number) -%}
    case
        when abs({{ number }}) >= 100 or {{ number }} = round(cast({{ number }} as numeric)) then to_char({{ number }}, 'FM999,999,990')
        when abs({{ number }}) >= 1 then to_char({{ number }}, 'FM990.0')
        else to_char({{ number }}, 'FM0.00')
    end
{%- endmacro %}
