-- One row per officer of the cohort and as-of date: every available feature of every family.
-- Point in time: each family uses only facts known before the as-of date.
{{ config(pre_hook="{{ join_by_hashing() }}", post_hook=["{{ comment_features() }}", "{{ remember_facts_built_from() }}"]) }}

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
{{ cohort_with(feature_models()) }}
