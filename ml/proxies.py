"""How well features tell a protected attribute that none of them holds: proxies, family by family.

Belongs here: the audit of one as-of date. Does not: reading and appending (`ml.warehouse.proxies`), or what scores do
to groups, which is the fairness audit's.

The attribute is told from the features by ridge regression on membership of each group, out of sample, each officer
being in one fold only. It sees what adds up linearly; a cleverer model may see more, so the AUC is a lower bound.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline

from ml import warehouse
from ml.estimators import prepare_for_linear
from ml.matrices import Flags, Floats, Scores
from ml.registry import identify_audit

ATTRIBUTES = ("race", "sex")
ALL_FEATURES = "all"
FOLDS = 5
SHRINKAGE = 1_000.0  # of ridge regression, on standardised columns
SEED = 20180401
NORMAL_95 = 1.96


@dataclass(frozen=True)
class ProxyRow:
    """One row of ml.proxy_audits. Counts and AUC of a group that is too small, or the rest of which is, are null."""

    audit_id: str
    as_of_date: dt.date
    attribute: str
    compared_group: str
    family: str
    n_features: int
    n_officers: int
    n_in_group: int | None
    auc: float | None
    auc_low: float | None
    auc_high: float | None


def audit_proxies(connection: warehouse.Connection, data_version: str, min_officers: int) -> int:
    """Audit the features of the latest as-of date, unless that was done with these data and this code.

    A group, or a rest, of fewer than `min_officers` is named without figures: they would come close to a person.

    Returns:
        Rows appended.
    """
    warehouse.ensure_registry(connection)
    audit_id, date = identify_audit(data_version, min_officers), warehouse.list_as_of_dates(connection)[-1]
    if warehouse.has_proxy_audit(connection, audit_id):
        return 0
    matrix = warehouse.read_matrix(connection, warehouse.list_features(connection), [date])
    families = group_by_family(warehouse.read_families(connection), matrix.features)
    traits = warehouse.read_traits(connection, ATTRIBUTES, matrix.officers)
    rows = [
        ProxyRow(audit_id, date, attribute, *found)
        for attribute in ATTRIBUTES
        for found in audit_attribute(matrix.values, families, traits[attribute], min_officers)
    ]
    warehouse.append_rows(connection, "proxy_audits", ProxyRow, rows)
    return len(rows)


def group_by_family(family_of: Mapping[str, str], features: Sequence[str]) -> dict[str, list[int]]:
    """Columns of the matrix by family, and all of them together."""
    families: dict[str, list[int]] = {ALL_FEATURES: list(range(len(features)))}
    for column, feature in enumerate(features):
        families.setdefault(family_of[feature], []).append(column)
    return families


def audit_attribute(
    values: Floats, families: Mapping[str, list[int]], groups: npt.NDArray[np.object_], min_officers: int
) -> Iterator[tuple[str, str, int, int, int | None, float | None, float | None, float | None]]:
    """For each group and family how well membership is told; officers whose group is unknown (None) are left out.

    Of two groups that make up everybody, only the smaller is reported: the other's figures are the same.
    """
    is_known = np.array([group is not None for group in groups], dtype=bool)
    known = groups[is_known].astype(str)
    names, counts = np.unique(known, return_counts=True)
    reported = names[counts.argsort(kind="stable")[:1]] if len(names) == 2 else names
    large = [name for name, n in zip(names, counts, strict=True) if min(n, len(known) - n) >= min_officers]
    for family, columns in families.items():
        scores = tell_groups(values[is_known][:, columns], known, large) if large else {}
        for name in reported:
            if name not in large:
                yield str(name), family, len(columns), len(known), None, None, None, None
                continue
            is_in_group = known == name
            auc, low, high = measure_auc(is_in_group, *scores[name])
            yield str(name), family, len(columns), len(known), int(is_in_group.sum()), auc, low, high


def tell_groups(
    values: Floats, groups: npt.NDArray[np.str_], names: Sequence[str]
) -> dict[str, tuple[Scores, npt.NDArray[np.intp]]]:
    """For each group a score of membership, out of sample, and the fold in which each officer was left out."""
    membership = np.column_stack([groups == name for name in names]).astype(np.float64)
    strata = np.where(np.isin(groups, names), groups, names[0])  # too few of the others for a stratum of their own
    scores, fold_of = np.empty_like(membership), np.empty(len(groups), dtype=np.intp)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(values, strata)
    for fold, (train, test) in enumerate(folds):
        model = Pipeline([*prepare_for_linear(), ("estimate", Ridge(SHRINKAGE))])
        with np.errstate(invalid="ignore"):  # a feature without any value has no mean; it tells nothing
            scores[test] = model.fit(values[train], membership[train]).predict(values[test]).reshape(len(test), -1)
        fold_of[test] = fold
    return {name: (scores[:, column], fold_of) for column, name in enumerate(names)}


def measure_auc(is_in_group: Flags, scores: Scores, fold_of: npt.NDArray[np.intp]) -> tuple[float, float, float]:
    """Mean AUC within folds, whose scores come from one model each, and its 95 % interval after Hanley and McNeil."""
    folds = np.unique(fold_of)
    auc = float(np.mean([roc_auc_score(is_in_group[fold_of == f], scores[fold_of == f]) for f in folds]))
    n_in, n_out = int(is_in_group.sum()), int((~is_in_group).sum())
    q_in, q_out = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = (auc * (1 - auc) + (n_in - 1) * (q_in - auc**2) + (n_out - 1) * (q_out - auc**2)) / (n_in * n_out)
    margin = NORMAL_95 * variance**0.5
    return auc, max(0.0, auc - margin), min(1.0, auc + margin)
