-- One row per alert: a signal that went beyond its bound, who has to look at it and until when, and what has become of it.
-- Rows are entered when `signals` is built, and never changed: a view, so that what a person closes is closed at once.
-- Point in time: value and bound are those of the day on which the alert was opened; `latest_value` is the signal's newest one.
{{ config(materialized='view') }}

with

register as (
    select * from {{ alert_register() }}
),

signals as (
    select * from {{ ref('signals') }}
    where is_current
)

select
    register.alert_id,
    register.signal,
    register.subject,
    register.as_of_date,
    register.value,
    register.bound,
    register.finding,
    register.status,
    register.opened_on,
    register.owner,
    register.due_on,
    register.status = 'open' and register.due_on < {{ today() }} as is_overdue,
    signals.as_of_date as latest_as_of_date,
    signals.value as latest_value,
    register.closed_on,
    register.closed_by,
    register.closed_because,
    register.policy_version
from register
left join signals
    on
        register.signal = signals.signal
        and register.subject = signals.subject
