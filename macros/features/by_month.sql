{#-
    Facts of which there are very many, added up once by officer and month.

    A stream with `by_month` reads them instead of its core table, so that a further month reads the facts of that month, and of those before
    their sums only. int_<table>_by_month adds up what the families declare; the declaration stands in the family alone.
-#}

{% macro added_up_by_month(table) -%}
    {#- int_<table>_by_month: one row per officer and month in which facts of the table became known. -#}
    {%- set month = "date_trunc('month', cast(known_on as timestamp))" -%}
select
    officer_id,
    {% for model_name in (feature_models() if execute else []) -%}
    {%- set family = declared_family(model_name) -%}
    {%- set is_asked = family.streams | default([]) | selectattr('by_month', 'defined') | selectattr('table', 'equalto', table) | list -%}
    {%- for stream in (supplied_streams(family) if is_asked else []) if stream.by_month and stream.table == table -%}
    {%- for measure in stream.measures -%}
    cast({{ bucketed_measure(measure) }} as integer) as {{ family.name }}_{{ measure.name }},
    {% if measure.days_since -%}
    {{ last_counted(measure, 'known_on') }} as last_{{ family.name }}_{{ measure.name }},
    {% endif -%}
    {%- endfor -%}
    {%- endfor -%}
    {%- endfor -%}
    -- The month's last day: what is added up counts from the as-of date after it, as each of the facts does.
    cast({{ month }} + interval '1 month' - interval '1 day' as date) as known_on
from {{ ref(table) }}
where known_on is not null and {{ known_since('known_on') }}
group by officer_id, {{ month }}
{%- endmacro %}
