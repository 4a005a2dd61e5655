-- One row per arrest and officer.
{{ config(enabled=is_supplied('arrests')) }}

select
    cast(arrest_officer_id as text) as arrest_officer_id,
    cast(arrest_id as text) as arrest_id,
    cast(officer_id as text) as officer_id,
    cast(charge_type as text) as charge_type,
    cast(is_felony as boolean) as is_felony,
    cast(is_resisting_only as boolean) as is_resisting_only,
    cast(is_dismissed as boolean) as is_dismissed,
    cast(arrested_at as timestamp) as arrested_at,
    cast(decided_on as date) as decided_on,
    cast(known_on as date) as known_on
from {{ mapped('arrests') }}
where {{ still_stands('arrests') }}
