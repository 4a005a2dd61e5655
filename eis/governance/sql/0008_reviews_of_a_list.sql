-- The reviews of the current lists are found without reading those of all: scores.visible_officer_summary, after years of reviews.
create index on governance.reviews (list_id);
