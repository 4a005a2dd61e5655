-- One row per officer and award.
{{ config(enabled=is_supplied('commendations')) }}

select
    cast(commendation_id as text) as commendation_id,
    cast(officer_id as text) as officer_id,
    cast(kind as text) as kind,
    cast(awarded_on as date) as awarded_on,
    cast(known_on as date) as known_on
from {{ mapped('commendations') }}
where {{ still_stands('commendations') }}
