-- One row per record of the department that is disputed or expunged, by the mark that holds.

select
    table_name,
    record_hash,
    mark,
    marked_on
from {{ source('governance', 'current_marks') }}
where mark != 'stands'
