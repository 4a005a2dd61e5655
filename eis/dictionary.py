"""The data dictionary and the BI contract, both read from the parsed dbt project.

Belongs here: what the manifest says about the tables that people outside the project read, as a page and as a promise.
Does not: parsing (`dagster_project.manifest`), and any word about a table: those stand in `models/`.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Node = Mapping[str, Any]
Manifest = Mapping[str, Any]

INTRODUCTION = """\
# Data dictionary

The tables that BI tools read, made from the dbt project by `eis report dictionary`. The same words are comments in
PostgreSQL (`\\d+ scores.officer_scores`).

A key is stable: it means the same row in each build. Columns of a version are not removed and do not change their
type; a change that would break a reader comes as the next version, and the one before it stands beside it as
`<table>_v<version>` until its readers have moved (docs/adr/0040-bi-contract.md).
"""


@dataclass(frozen=True)
class PublicTables:
    """The models that are promised to readers, and what reads them."""

    manifest: Manifest

    @cached_property
    def models(self) -> list[Node]:
        """Public models and what else an exposure reads, by schema and name."""
        read = set(self.readers)
        chosen = [
            node
            for node in self.manifest["nodes"].values()
            if node["resource_type"] == "model"
            and (node["access"] == "public" or (node["unique_id"] in read and node["group"] == "published"))
        ]
        return sorted(chosen, key=lambda node: (node["schema"], node["alias"]))

    @cached_property
    def readers(self) -> Mapping[str, list[str]]:
        """Node -> labels of the exposures that read it."""
        readers = defaultdict(list)
        for exposure in self.manifest["exposures"].values():
            for node in exposure["depends_on"]["nodes"]:
                readers[node].append(exposure["label"])
        return readers

    @cached_property
    def keys(self) -> Mapping[str, list[str]]:
        """Model -> columns that tell its rows apart, as they are tested."""
        keys: dict[str, list[str]] = {}
        for node in self.manifest["nodes"].values():
            test = node.get("test_metadata") or {}
            if test.get("name") == "unique_combination":
                keys[node["attached_node"]] = test["kwargs"]["columns"]
            elif test.get("name") == "unique":
                keys.setdefault(node["attached_node"], [test["kwargs"]["column_name"]])
        return keys


def tell_dictionary(manifest: Manifest) -> str:
    """The dictionary as a page of Markdown."""
    tables = PublicTables(manifest)
    parts, schema = [INTRODUCTION], None
    for model in tables.models:
        if model["schema"] != schema:
            schema = model["schema"]
            parts.append(f"## Schema {schema}\n")
        parts.append(_tell_table(tables, model))
    return "\n".join(parts)


def _tell_table(tables: PublicTables, model: Node) -> str:
    node = model["unique_id"]
    owner = tables.manifest["groups"][f"group.{model['package_name']}.{model['group']}"]["owner"]["name"]
    facts = {
        "Key": ", ".join(f"`{column}`" for column in tables.keys.get(node, [])),
        "Version": str(model["version"] or ""),
        "Owner": owner,
        "Read by": ", ".join(sorted(tables.readers.get(node, []))),
    }
    lines = [
        f"### {model['schema']}.{model['alias']}\n",
        f"{_on_one_line(model['description'])}\n",
        "; ".join(f"{name}: {fact}" for name, fact in facts.items() if fact) + ".\n",
        "| column | type | what it is |",
        "|---|---|---|",
    ]
    for column in model["columns"].values():
        description = _on_one_line(column["description"]).replace("|", "\\|")
        lines.append(f"| `{column['name']}` | {column['data_type']} | {description} |")
    return "\n".join([*lines, ""])


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def read_contract(manifest: Manifest) -> dict[str, dict[str, str]]:
    """Table and version -> column -> type, of every public model."""
    return {
        f"{model['schema']}.{model['name']}.v{model['version']}": {
            column["name"]: column["data_type"] for column in model["columns"].values()
        }
        for model in PublicTables(manifest).models
        if model["access"] == "public"
    }


def find_broken_promises(promised: Mapping[str, Mapping[str, str]], kept: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What was promised and is not there any more, or is of another type; what is new breaks nothing."""
    broken = []
    for table, columns in promised.items():
        if table not in kept:
            broken.append(f"{table} is gone")
            continue
        for column, data_type in columns.items():
            now = kept[table].get(column)
            if now is None:
                broken.append(f"{table}.{column} is gone")
            elif now != data_type:
                broken.append(f"{table}.{column} was {data_type} and is {now}")
    return broken
