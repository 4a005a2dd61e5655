-- A unit's officers on all lists are found without reading everybody's: scores.list_units by unit, in a department of 35,000.
create index on governance.published_scores (unit_id, list_id);

-- Who is on lists, of twenty times as many who are not: governance.due_reviews.
create index on governance.published_scores (list_id, officer_id) include (unit_id) where is_on_list;
