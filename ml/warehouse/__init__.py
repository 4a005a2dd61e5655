"""The only package that touches the database: one module a concern, one name to import.

Belongs here: SQL against the three ML inputs and schema `ml`, whose tables are declared in `ml/schema/`. Does not: what
is computed from them. Another table is a file in `ml/schema/`, and functions in the module of its concern.
"""

from ml.warehouse.connection import Connection, append_rows, connect, ensure_registry
from ml.warehouse.explanations import (
    Catalogued,
    ScoringKey,
    append_to_scoring,
    is_explained,
    read_catalogue,
    read_peer_groups,
    read_refits,
    read_track_record,
)
from ml.warehouse.inputs import list_as_of_dates, list_features, list_horizons, read_labels, read_matrix
from ml.warehouse.oversight import (
    Cohort,
    ReplayedModel,
    Scoring,
    find_list_rule,
    has_fairness_audit,
    has_threshold_comparison,
    list_scorings,
    list_tested_models,
    read_cohort,
    read_pooled_rates,
    read_replayed,
    read_scoring,
)
from ml.warehouse.proxies import has_proxy_audit, read_families, read_traits
from ml.warehouse.registry import (
    find_final_models,
    has_experiment,
    list_registered,
    read_evaluations,
    read_left_out,
    read_model,
    read_predictions,
    write_experiment,
    write_membership,
    write_model,
)
from ml.warehouse.reports import find_chosen, keep_report, read_report
from ml.warehouse.scores import find_final_model, read_last_scores, write_scores
from ml.warehouse.selections import (
    find_selected_group,
    find_selection,
    list_selected_groups,
    read_draws,
    read_evidence,
    read_overlaps,
    write_selection,
)

__all__ = [
    "Catalogued",
    "Cohort",
    "Connection",
    "ReplayedModel",
    "Scoring",
    "ScoringKey",
    "append_rows",
    "append_to_scoring",
    "connect",
    "ensure_registry",
    "find_chosen",
    "find_final_model",
    "find_final_models",
    "find_list_rule",
    "find_selected_group",
    "find_selection",
    "has_experiment",
    "has_fairness_audit",
    "has_proxy_audit",
    "has_threshold_comparison",
    "is_explained",
    "keep_report",
    "list_as_of_dates",
    "list_features",
    "list_horizons",
    "list_registered",
    "list_scorings",
    "list_selected_groups",
    "list_tested_models",
    "read_catalogue",
    "read_cohort",
    "read_draws",
    "read_evaluations",
    "read_evidence",
    "read_families",
    "read_labels",
    "read_last_scores",
    "read_left_out",
    "read_matrix",
    "read_model",
    "read_overlaps",
    "read_peer_groups",
    "read_pooled_rates",
    "read_predictions",
    "read_refits",
    "read_replayed",
    "read_report",
    "read_scoring",
    "read_track_record",
    "read_traits",
    "write_experiment",
    "write_membership",
    "write_model",
    "write_scores",
    "write_selection",
]
