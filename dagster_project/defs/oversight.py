"""Oversight: what those who answer for the system have to see before and while it is used.

Belongs here: assets that audit features and scores, thin calls of `ml/`. Does not: the audits (`ml/`), or the tables
that BI reads (`warehouse`, build `scores`).
"""

import dagster as dg

from dagster_project.line import Line
from ml import warehouse
from ml.proxies import audit_proxies

GROUP = "oversight"


@dg.asset(
    key=["ml", "proxy_audits"],
    deps=[["features", "officer_features"], ["features", "feature_catalog"], ["core", "officers"]],
    group_name=GROUP,
    kinds={"sklearn", "postgres"},
)
def proxy_audit(line: dg.ResourceParam[Line]) -> dg.MaterializeResult:
    """How well the features tell race and sex, which none of them holds: by family and for all, latest as-of date."""
    with warehouse.connect(line.url) as connection:
        rows = audit_proxies(connection, line.data_version, line.department.fairness.min_officers)
    return dg.MaterializeResult(metadata={"rows_appended": rows})


ASSETS = [proxy_audit]
