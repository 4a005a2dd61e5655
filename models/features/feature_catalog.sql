-- One row per feature that any family declares, available in this department or not.
-- Made from the same declarations as the SQL that computes the features. The reasons of published scores are worded with it.
{{ config(materialized='table', meta={'is_read_while_built': true}) }}
{% set declared = declared_features() -%}

select
    cast(feature_name as text) as feature_name,
    cast(family as text) as family,
    -- Without the window: features of one measure are made of the same rows.
    regexp_replace(feature_name, '_(1m|3m|6m|12m|24m|60m|ever|trend|now|days_since)$', '') as measure,
    cast(label as text) as label,
    cast(scope as text) as scope,
    -- As the label says.
    case
        when lower(label) like 'share %' then 'share'
        when lower(label) like 'days since %' then 'days'
        when lower(label) like '%(1 or 0)' then 'flag'
        when lower(label) like '%minutes%' then 'minutes'
        else 'count'
    end as unit,
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
            feature.name, feature.family, feature.label, feature.scope, feature.data_type,
            feature.denominator, feature.sources | join(', '), feature.null_rule, feature.model, feature.absent,
        ] -%}
        {#- As `literal` does, without a call for each of thousands. -#}
        {{ "'" ~ value | replace("'", "''") ~ "'" if value else 'null' }},
        {%- endfor %}
        {{ feature.window or 'null' }}
    ){{ ',' if not loop.last }}
    {% else -%}
    (null, null, null, null, null, null, null, null, null, null, null)
    {% endfor %}
) as declared (
    feature_name, family, label, scope, data_type, denominator, source_tables, null_rule, model_name, absence_reason, window_months
)
