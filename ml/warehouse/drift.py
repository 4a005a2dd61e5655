"""What was measured of features over time."""

from ml.warehouse.connection import Connection


def has_feature_drift(connection: Connection, drift_id: str) -> bool:
    """True if the measurement is there; it is appended in one statement."""
    return connection.execute("select 1 from ml.feature_drift where drift_id = %s", [drift_id]).fetchone() is not None
