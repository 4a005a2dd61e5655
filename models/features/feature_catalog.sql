-- One row per feature that any family declares, available in this department or not.
-- Made from the same declarations as the SQL that computes the features. The reasons of published scores are worded with it.
{{ config(materialized='table', meta={'is_read_while_built': true}, indexes=[{'columns': ['feature_name'], 'unique': true}]) }}
{% set declared = declared_features() -%}

select
    cast(feature_name as text) as feature_name,
    cast(family as text) as family,
    cast(measure as text) as measure,
    cast(label as text) as label,
    cast(scope as text) as scope,
    cast(unit as text) as unit,
    cast(data_type as text) as data_type,
    cast(denominator as text) as denominator,
    cast(source_tables as text) as source_tables,
    cast(null_rule as text) as null_rule,
    cast(model_name as text) as model_name,
    cast(absence_reason as text) as absence_reason,
    cast(window_months as integer) as window_months,
    absence_reason is null as is_available
from (
    values
    {% for feature in declared -%}
    (
        {% for value in [
            feature.name, feature.family, measure_of(feature.name), feature.label, feature.scope, unit_of(feature.label), feature.data_type,
            feature.denominator, feature.sources | join(', '), feature.null_rule, feature.model, feature.absent,
        ] -%}
        {#- As `literal` does, without a call for each of thousands. -#}
        {{ "'" ~ value | replace("'", "''") ~ "'" if value else 'null' }},
        {%- endfor %}
        {{ feature.window or 'null' }}
    ){{ ',' if not loop.last }}
    {% else -%}
    (null, null, null, null, null, null, null, null, null, null, null, null, null)
    {% endfor %}
) as declared (
    feature_name, family, measure, label, scope, unit, data_type, denominator, source_tables, null_rule, model_name, absence_reason,
    window_months
)
