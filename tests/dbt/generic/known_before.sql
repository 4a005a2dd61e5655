{% test known_before(model, known_on, date) %}
-- Rows that were not known before the day for which they are used.
select *
from {{ model }}
where {{ known_on }} is null or {{ known_on }} >= {{ date }}
{% endtest %}
