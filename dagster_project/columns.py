"""What Dagster is told of the columns of a table: names, types, words, and which other columns each is made of.

Belongs here: PostgreSQL's catalog and the SQL that dbt compiled, as Dagster's metadata. Does not: describing a column
(dbt's YAML, which dbt keeps as comments in the catalog), or running dbt (`dbt_builds`).

dagster-dbt's `fetch_column_metadata` does as much for a dbt process of its own, which the line has not got. It follows
each column by itself: minutes for the feature tables, which this follows in a second.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
from sqlglot import MappingSchema, exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage

DIALECT = "postgres"
Table = tuple[str, str]

CATALOG = """
select
    namespace.nspname,
    relation.relname,
    attribute.attname,
    format_type(attribute.atttypid, attribute.atttypmod),
    col_description(relation.oid, attribute.attnum)
from unnest(cast(%s as text[]), cast(%s as text[])) as wanted (nspname, relname)
inner join pg_namespace as namespace using (nspname)
inner join pg_class as relation on relation.relnamespace = namespace.oid and relation.relname = wanted.relname
inner join pg_attribute as attribute
    on attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
order by namespace.nspname, relation.relname, attribute.attnum
"""


def read_schemas(
    connection: psycopg.Connection[Any], manifest: Mapping[str, Any], keys: Iterable[dg.AssetKey]
) -> dict[dg.AssetKey, dg.TableSchema]:
    """Columns of the assets that are tables in the warehouse now.

    Families of features, mappings of a department and what `ml/` writes have no comments of their own. Their columns
    get the words of the column of the same name in a table that is made of theirs.
    """
    tables = read_tables(connection, [(key.path[0], key.path[1]) for key in keys if len(key.path) == 2])
    nodes = {**manifest["nodes"], **manifest["sources"]}
    words: dict[tuple[Table, str], str] = {}
    for unique_id, children in manifest["child_map"].items():
        for child in children:
            if unique_id in nodes and is_table(nodes.get(child)):
                parent = find_table(nodes[unique_id])
                words |= {
                    (parent, c.name): c.description for c in tables.get(find_table(nodes[child]), []) if c.description
                }
    return {
        dg.AssetKey(table): dg.TableSchema(
            [dg.TableColumn(c.name, c.type, c.description or words.get((table, c.name))) for c in columns]
        )
        for table, columns in tables.items()
    }


@dataclass(frozen=True)
class ColumnReader:
    """Reads what is known of the columns of a table that dbt has just built."""

    connection: psycopg.Connection[Any]
    manifest: Mapping[str, Any]
    compiled: Path  # folder of the SQL that dbt compiled

    def describe(self, table: Table) -> dict[str, Any]:
        """Metadata of a table of dbt's that has been built, by schema and name."""
        node = self._nodes[table]
        parents = [find_table(self._everything[parent]) for parent in node["depends_on"].get("nodes", [])]
        tables = read_tables(self.connection, [table, *parents])
        metadata: dict[str, Any] = {"dagster/column_schema": dg.TableSchema(tables.get(table, []))}
        sql = self.compiled / node["package_name"] / node["original_file_path"]
        if node["resource_type"] == "model" and sql.exists():
            try:
                sources = trace(sql.read_text(encoding="utf-8"), {parent: tables.get(parent, []) for parent in parents})
            except SqlglotError as fault:
                metadata["column lineage"] = f"Not known: {fault}"
            else:
                metadata["dagster/column_lineage"] = as_lineage(sources)
        return metadata

    @cached_property
    def _everything(self) -> dict[str, Any]:
        return {**self.manifest["nodes"], **self.manifest["sources"]}

    @cached_property
    def _nodes(self) -> dict[Table, Any]:
        return {find_table(node): node for node in self.manifest["nodes"].values() if is_table(node)}


def is_table(node: Mapping[str, Any] | None) -> bool:
    """Whether dbt makes a table or view of it."""
    return node is not None and node["resource_type"] in ("model", "seed")


def find_table(node: Mapping[str, Any]) -> Table:
    """Schema and name in the warehouse of a node of the manifest."""
    return node["schema"], node.get("alias") or node["identifier"]


def read_tables(connection: psycopg.Connection[Any], tables: Iterable[Table]) -> dict[Table, list[dg.TableColumn]]:
    """Columns of those of the tables that are there, in order."""
    wanted = list(tables)
    found: dict[Table, list[dg.TableColumn]] = {}
    rows = connection.execute(CATALOG, [[schema for schema, _ in wanted], [name for _, name in wanted]])
    for schema, name, column, data_type, words in rows:
        found.setdefault((schema, name), []).append(dg.TableColumn(column, data_type, words))
    return found


def trace(sql: str, tables: Mapping[Table, Iterable[dg.TableColumn]]) -> dict[str, set[tuple[Table, str]]]:
    """Of each column of a query, the columns of the tables that it is made of: none for a constant or a count of rows.

    Raises:
        SqlglotError: the query cannot be followed.
    """
    known = MappingSchema(dialect=DIALECT)
    for (schema, name), columns in tables.items():
        known.add_table(exp.table_(name, schema), {column.name: column.type for column in columns}, dialect=DIALECT)
    roots = lineage(None, sql, known, dialect=DIALECT, trim_selects=False)
    return {column: {leaf for leaf in _list_leaves(root) if leaf[0] in tables} for column, root in roots.items()}


def _list_leaves(root: Node) -> Iterator[tuple[Table, str]]:
    for node in root.walk():
        is_column = node.name != "*"  # which it is of a table whose columns nobody told
        if not node.downstream and isinstance(node.expression, exp.Table) and is_column:
            yield (node.expression.db, node.expression.name), exp.to_column(node.name).name


def as_lineage(sources: Mapping[str, Iterable[tuple[Table, str]]]) -> dg.TableColumnLineage:
    """The same in Dagster's words; assets are named as tables are."""
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(dg.AssetKey(table), source) for table, source in sorted(found)]
            for column, found in sources.items()
        }
    )
