-- Rank groups and unit types that department.yml names in `cohort` occur in the records: a misspelt one would leave out nobody, or
-- everybody.
{% set chosen = [] -%}
{% for group in var('cohort').rank_groups -%}
{% do chosen.append(('ranks', 'rank_group', group)) -%}
{% endfor -%}
{% for type in var('cohort').excluded_unit_types -%}
{% do chosen.append(('assignments', 'unit_type', type)) -%}
{% endfor -%}
{% for table, column, value in chosen -%}
select '{{ table }}.{{ column }}: {{ value }}' as not_on_record
where not exists (select 1 from {{ ref(table) }} where {{ column }} = '{{ value }}')
union all
{% endfor -%}
select cast(null as text) as not_on_record
where false
