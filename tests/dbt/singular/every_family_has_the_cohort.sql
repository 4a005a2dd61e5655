-- Rows of the cohort that a family does not have: officer_features would show nulls in their place, and is not built then.
-- No row can be there twice, or be another's: a unique index holds the key, and every model is made of the cohort's rows. So
-- the rows themselves are compared only where a family has fewer of them.
{% set is_looked_at = was_built('as_of_date') %}

with wanted as (
    select
        officer_id,
        as_of_date
    from {{ ref('officer_cohort') }}
    where {{ is_looked_at }}
),

all_wanted as (
    select count(*) as n_rows from wanted
)

{% for model_name in feature_models() -%}
select
    wanted.officer_id,
    wanted.as_of_date,
    '{{ model_name }}' as model_name
from wanted
left join (
    select * from {{ ref(model_name) }}
    where {{ is_looked_at }}
) as present
    on wanted.officer_id = present.officer_id and wanted.as_of_date = present.as_of_date
where
    present.officer_id is null
    and (select all_wanted.n_rows from all_wanted) > (
        select count(*) from {{ ref(model_name) }}
        where {{ is_looked_at }}
    )
{{ 'union all' if not loop.last }}
{% endfor %}
