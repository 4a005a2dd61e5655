{% test same_sign(model, column, positive_when) %}
-- Rows whose number is positive although the condition does not hold, or the other way round.
select *
from {{ model }}
where ({{ column }} > 0) != ({{ positive_when }})
{% endtest %}
