-- The columns of officer_features are exactly the features that the catalogue calls available.
{%- set columns = adapter.get_columns_in_relation(ref('officer_features')) | map(attribute='name') | list %}

with

available as (
    select feature_name from {{ ref('feature_catalog') }}
    where is_available
),

present as (
    {% for column in columns if column not in ('officer_id', 'as_of_date') -%}
    select cast('{{ column }}' as text) as feature_name
    {{ 'union all' if not loop.last }}
    {% else -%}
    select cast(null as text) as feature_name
    {% endfor %}
)

select
    available.feature_name as in_catalogue,
    present.feature_name as in_table
from available
full outer join present
    on available.feature_name = present.feature_name
where
    available.feature_name is null
    or present.feature_name is null
