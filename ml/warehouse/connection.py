"""Connections, the tables of schema `ml`, and appending rows to them.

Belongs here: what every module of this package needs. Does not: any table by name.
"""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from ml.errors import ModellingError
from ml.matrices import Ids
from ml.registry import ModelRow

Connection = psycopg.Connection[Any]

SCHEMA = Path(__file__).parents[1] / "schema"


def connect(url: str) -> Connection:
    """A connection that commits each statement unless a transaction is opened."""
    return psycopg.connect(url, autocommit=True)


def ensure_registry(connection: Connection) -> None:
    """Create what is missing in schema `ml`, in the order of the files' names.

    Raises:
        ModellingError: the schema is that of an earlier version of this package.
    """
    with connection.transaction():
        for file in sorted(SCHEMA.glob("*.sql")):
            connection.execute(file.read_bytes())
        known = connection.execute(
            "select column_name from information_schema.columns where table_schema = 'ml' and table_name = 'models'"
        ).fetchall()
    if missing := {field.name for field in fields(ModelRow)} - {name for (name,) in known}:
        raise ModellingError(
            f"Schema ml is of an earlier version: ml.models has no {', '.join(sorted(missing))}. Keep it under another "
            "name and run again: eis warehouse psql -c 'alter schema ml rename to ml_before'"
        )


def append_rows(connection: Connection, table: str, kind: type, rows: Sequence[Any]) -> None:
    """Append dataclass rows to a table of schema `ml` whose columns have the fields' names."""
    names = [field.name for field in fields(kind)]
    query = sql.SQL("copy ml.{} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with connection.cursor().copy(query) as copy:
        for row in rows:
            copy.write_row([_adapt(getattr(row, name)) for name in names])


def _adapt(value: Any) -> Any:
    """Dictionaries are jsonb."""
    return Jsonb(value) if isinstance(value, dict) else value


def decode_ids(officers: Ids) -> list[str]:
    """Identifiers as the warehouse writes them."""
    return [officer.decode() for officer in officers.tolist()]
