-- One row per officer and award, on the columns of `commendations`. The form does not say what for.
-- Point in time: known when entered.

with

entries as (

    select *
    from {{ ref('int_county__entry_deputies') }}
    where entry_type = 'commendation'

)

select
    entry_officer_id as commendation_id,
    officer_id,
    'other' as kind,
    known_on as awarded_on,
    known_on
from entries
