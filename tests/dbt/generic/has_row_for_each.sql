{% test has_row_for_each(model, row_of, key) %}
-- Rows of another relation for which the model has none with their key, of the as-of dates that were built.
-- By `except`, not a join: a planner who does not know of a new month yet would loop over it for each of its rows.
{% set is_looked_at = was_built('as_of_date') %}
select {{ key | join(', ') }} from {{ row_of }} where {{ is_looked_at }}
except
select {{ key | join(', ') }} from {{ model }} where {{ is_looked_at }}
{% endtest %}
