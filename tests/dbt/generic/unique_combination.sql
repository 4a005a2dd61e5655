{% test unique_combination(model, columns) %}
-- Rows whose key stands more than once.
select {{ columns | join(', ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
