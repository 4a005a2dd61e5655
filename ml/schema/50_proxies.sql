-- One row per audit, attribute, group and family of features: how well the features tell who belongs to the group.
-- Counts and AUC are null for a group that is too small to report. The identifier is a hash of data and code.
create table if not exists ml.proxy_audits (
    audit_id text not null,
    as_of_date date not null,
    attribute text not null,
    compared_group text not null,
    family text not null,
    n_features integer not null,
    n_officers integer not null,
    n_in_group integer,
    auc double precision,
    auc_low double precision,
    auc_high double precision,
    audited_at timestamptz not null default now(),
    primary key (audit_id, attribute, compared_group, family)
);
