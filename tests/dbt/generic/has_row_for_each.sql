{% test has_row_for_each(model, row_of, key) %}
-- Rows of another relation for which the model has none with their key.
select {% for column in key %}wanted.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
from {{ row_of }} as wanted
left join {{ model }} as present
    on {% for column in key %}wanted.{{ column }} = present.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
where present.{{ key[0] }} is null
{% endtest %}
