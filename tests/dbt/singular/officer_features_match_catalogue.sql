-- The columns of officer_features are exactly the features that the catalogue calls available, each of the type that it says: the
-- contract of the wide table, which follows from the declarations instead of standing in a second list.
{%- set officer_features = ref('officer_features') %}

with

available as (
    select
        feature_name,
        data_type
    from {{ ref('feature_catalog') }}
    where is_available
),

present as (
    select
        cast(column_name as text) as feature_name,
        cast(data_type as text) as data_type
    from information_schema.columns
    where
        table_schema = '{{ officer_features.schema }}'
        and table_name = '{{ officer_features.identifier }}'
        and column_name not in ('officer_id', 'as_of_date')
)

select
    available.feature_name as in_catalogue,
    present.feature_name as in_table,
    available.data_type as type_in_catalogue,
    present.data_type as type_in_table
from available
full outer join present
    on available.feature_name = present.feature_name
where
    available.feature_name is null
    or present.feature_name is null
    or available.data_type != present.data_type
