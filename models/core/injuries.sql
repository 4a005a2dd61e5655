-- One row per injury.
{{ config(enabled=is_supplied('injuries')) }}

select
    cast(injury_id as text) as injury_id,
    cast(officer_id as text) as officer_id,
    cast(cause as text) as cause,
    cast(days_lost as integer) as days_lost,
    cast(injured_on as date) as injured_on,
    cast(returned_on as date) as returned_on,
    cast(known_on as date) as known_on
from {{ mapped('injuries') }}
where {{ still_stands('injuries') }}
