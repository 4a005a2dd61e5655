"""Reading protected attributes, for the audit of proxies only, and what the catalogue says of families.

They go to no matrix: models get theirs from `ml.warehouse.inputs`.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from psycopg import sql

from ml.matrices import Ids
from ml.warehouse.connection import Connection, decode_ids


def has_proxy_audit(connection: Connection, audit_id: str) -> bool:
    """True if the audit is there; it is appended in one statement."""
    return connection.execute("select 1 from ml.proxy_audits where audit_id = %s", [audit_id]).fetchone() is not None


def read_families(connection: Connection) -> dict[str, str]:
    """Feature -> family, of all features that the department has."""
    return dict(
        connection.execute("select feature_name, family from features.feature_catalog where is_available").fetchall()
    )


def read_traits(connection: Connection, attributes: Sequence[str], officers: Ids) -> dict[str, npt.NDArray[np.object_]]:
    """Attribute -> the value of each officer, in their order; None where it is unknown."""
    query = sql.SQL("select officer_id, {} from core.officers where officer_id = any(%s)").format(
        sql.SQL(", ").join(map(sql.Identifier, attributes))
    )
    wanted = decode_ids(officers)
    found = {officer: traits for officer, *traits in connection.execute(query, [wanted])}
    return {
        attribute: np.array([found[officer][i] for officer in wanted], dtype=object)
        for i, attribute in enumerate(attributes)
    }
