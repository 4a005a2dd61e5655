-- One row per outcome, model group, test date, rule of the list, attribute, group and metric, of the latest audit of the
-- experiment that the outcome's model was selected from.

with

fairness_audits as (
    select * from {{ source('ml', 'fairness_audits') }}
),

latest_selections as (
    select * from {{ ref('latest_selections') }}
),

latest_audit as (
    select distinct on (fairness_audits.outcome)
        fairness_audits.outcome,
        fairness_audits.audit_id,
        latest_selections.model_group
    from fairness_audits
    inner join latest_selections
        on
            fairness_audits.outcome = latest_selections.outcome
            and fairness_audits.experiment_id = latest_selections.experiment_id
    order by fairness_audits.outcome asc, fairness_audits.audited_at desc
)

select
    fairness_audits.outcome,
    fairness_audits.model_group,
    fairness_audits.is_baseline,
    fairness_audits.model_group = latest_audit.model_group as is_selected,
    fairness_audits.test_as_of_date,
    fairness_audits.list_rule,
    fairness_audits.list_size,
    fairness_audits.attribute,
    fairness_audits.group_name,
    fairness_audits.is_reference,
    fairness_audits.n_officers,
    fairness_audits.metric,
    fairness_audits.n_cases,
    fairness_audits.value,
    fairness_audits.value_low,
    fairness_audits.value_high,
    fairness_audits.ratio,
    fairness_audits.ratio_low,
    fairness_audits.ratio_high,
    fairness_audits.suppressed_because,
    fairness_audits.audited_at
from fairness_audits
inner join latest_audit
    on
        fairness_audits.outcome = latest_audit.outcome
        and fairness_audits.audit_id = latest_audit.audit_id
