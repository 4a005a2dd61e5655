-- One row per as-of date, attribute, compared group and family, of the latest audit of each as-of date.

with

audits as (
    select * from {{ source('ml', 'proxy_audits') }}
),

latest_audit as (
    select distinct on (as_of_date)
        as_of_date,
        audit_id
    from audits
    order by as_of_date asc, audited_at desc, audit_id asc
)

select
    audits.as_of_date,
    audits.attribute,
    audits.compared_group,
    audits.family,
    audits.n_features,
    audits.n_officers,
    audits.n_in_group,
    audits.auc,
    audits.auc_low,
    audits.auc_high,
    audits.audited_at
from audits
inner join latest_audit
    on audits.audit_id = latest_audit.audit_id
