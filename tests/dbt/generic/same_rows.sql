{% test same_rows(model, compared_to, key) %}
-- Keys that only one of the two relations has, or that the model holds twice.
with

compared as (
    select {{ key | join(', ') }}, 1 as in_model, 0 as in_other from {{ model }}
    union all
    select {{ key | join(', ') }}, 0 as in_model, 1 as in_other from {{ compared_to }}
)

select {{ key | join(', ') }}
from compared
group by {{ key | join(', ') }}
having sum(in_model) != 1 or sum(in_other) != 1
{% endtest %}
