-- One row per officer of the cohort and as-of date: every available feature of every family.
-- Point in time: each family uses only facts known before the as-of date.
-- A view: the numbers stand once, in their families. Who reads some columns touches only the families that have them, because a left
-- join on a family's unique key adds nothing else and is left out. A family without a row for each of the cohort fails its own test.
{{ config(materialized='view', post_hook="{{ comment_features() }}") }}

select
    cohort.officer_id,
    cohort.as_of_date
    {%- if execute %}
    {%- for model_name in feature_models() %}
    {%- for feature in available_features_of(declared_family(model_name)) %},
    {{ model_name }}.{{ feature.name }}
    {%- endfor %}
    {%- endfor %}
    {%- endif %}
from {{ ref('officer_cohort') }} as cohort
{% for model_name in feature_models() -%}
left join {{ ref(model_name) }} as {{ model_name }}
    on cohort.officer_id = {{ model_name }}.officer_id and cohort.as_of_date = {{ model_name }}.as_of_date
{% endfor %}
