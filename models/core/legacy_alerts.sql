-- One row per alert of the threshold system that this one replaces.
{{ config(enabled=is_supplied('legacy_alerts')) }}

select
    cast(alert_id as text) as alert_id,
    cast(officer_id as text) as officer_id,
    cast(rule as text) as rule,
    cast(disposition as text) as disposition,
    cast(raised_on as date) as raised_on,
    cast(disposed_on as date) as disposed_on,
    cast(known_on as date) as known_on
from {{ mapped('legacy_alerts') }}
where {{ still_stands('legacy_alerts') }}
