"""What BI is promised: kept by the dbt project of each department, described, owned, and free of JSON."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from dagster_project.line import Line
from dagster_project.manifest import load_manifest
from eis.dictionary import PublicTables, find_broken_promises, read_contract, tell_dictionary
from eis.settings import PROJECT

SCHEMAS = {"scores", "monitoring"}


@pytest.fixture(scope="module")
def manifest(line: Line) -> Mapping[str, Any]:
    return load_manifest(line)


def test_every_promise_of_the_last_release_is_kept(manifest: Mapping[str, Any]) -> None:
    promised = yaml.safe_load((PROJECT / "bi" / "contract.yml").read_text(encoding="utf-8"))
    assert find_broken_promises(promised, read_contract(manifest)) == []


@pytest.mark.parametrize(
    ("now", "broken"),
    [
        ({"scores.a.v1": {"x": "text", "y": "date", "z": "text"}, "scores.b.v1": {}}, []),
        ({"scores.a.v1": {"x": "text"}}, ["scores.a.v1.y is gone"]),
        ({"scores.a.v1": {"x": "text", "y": "text"}}, ["scores.a.v1.y was date and is text"]),
        ({"scores.a.v2": {"x": "text"}}, ["scores.a.v1 is gone"]),
    ],
)
def test_what_breaks_a_promise_is_told_and_what_is_new_breaks_none(
    now: dict[str, dict[str, str]], broken: list[str]
) -> None:
    assert find_broken_promises({"scores.a.v1": {"x": "text", "y": "date"}}, now) == broken


def test_everything_in_the_two_schemas_is_public_versioned_and_has_a_key(manifest: Mapping[str, Any]) -> None:
    models = [n for n in manifest["nodes"].values() if n["resource_type"] == "model" and n["schema"] in SCHEMAS]
    tables = PublicTables(manifest)
    assert {node["unique_id"] for node in models} <= {node["unique_id"] for node in tables.models}
    for node in models:
        assert node["access"] == "public", node["name"]
        assert node["contract"]["enforced"], node["name"]
        assert node["latest_version"], node["name"]
        assert tables.keys.get(node["unique_id"]), node["name"]
        assert (node["alias"] == node["name"]) == (node["version"] == node["latest_version"])


def test_columns_are_plain(manifest: Mapping[str, Any]) -> None:
    types = {data_type for columns in read_contract(manifest).values() for data_type in columns.values()}
    assert types == {
        "text",
        "date",
        "timestamp with time zone",
        "boolean",
        "integer",
        "bigint",
        "real",
        "double precision",
    }


def test_dictionary_has_every_public_table_and_column_with_its_readers(manifest: Mapping[str, Any]) -> None:
    page = tell_dictionary(manifest)
    sections = {part.splitlines()[0]: part for part in page.split("\n### ")[1:]}
    for model in PublicTables(manifest).models:
        section = sections[f"{model['schema']}.{model['alias']}"]
        for column in model["columns"].values():
            assert f"| `{column['name']}` | {column['data_type']} |" in section
    assert "Read by: Officer detail" in sections["explanations.officer_files"]
    assert "Key: `officer_id`, `as_of_date`, `outcome`; Version: 1" in sections["scores.officer_scores"]
