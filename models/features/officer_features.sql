-- One row per officer of the cohort and as-of date: every available feature of every family.
-- Point in time: each family uses only facts known before the as-of date.
{{ config(pre_hook="{{ join_by_hashing() }}", post_hook="{{ comment_features() }}") }}

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
inner join {{ ref(model_name) }} as {{ model_name }}
    on
        cohort.officer_id = {{ model_name }}.officer_id
        and cohort.as_of_date = {{ model_name }}.as_of_date
{% endfor %}
