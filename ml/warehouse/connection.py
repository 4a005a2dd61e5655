"""Connections, the tables of schema `ml`, and appending rows to them.

Belongs here: what every module of this package needs. Does not: any table by name.
"""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from ml.matrices import Ids

Connection = psycopg.Connection[Any]

SCHEMA = Path(__file__).parents[1] / "schema"


def connect(url: str) -> Connection:
    """A connection that commits each statement unless a transaction is opened."""
    return psycopg.connect(url, autocommit=True)


def ensure_registry(connection: Connection) -> None:
    """Create what is missing in schema `ml`, in the order of the files' names."""
    for file in sorted(SCHEMA.glob("*.sql")):
        connection.execute(file.read_bytes())


def append_rows(connection: Connection, table: str, kind: type, rows: Sequence[Any]) -> None:
    """Append dataclass rows to a table of schema `ml` whose columns have the fields' names."""
    names = [field.name for field in fields(kind)]
    query = sql.SQL("copy ml.{} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with connection.cursor().copy(query) as copy:
        for row in rows:
            copy.write_row([getattr(row, name) for name in names])


def decode_ids(officers: Ids) -> list[str]:
    """Identifiers as the warehouse writes them."""
    return [officer.decode() for officer in officers.tolist()]
