"""The department model as dbt has it: every table of it under contract, for each department; every gap named."""

import re
from pathlib import Path
from typing import Any

import pytest

from dagster_project.line import Line, open_line
from dagster_project.manifest import load_manifest
from eis.department import CORE_TABLES
from eis.settings import Settings

Nodes = dict[str, dict[str, Any]]


@pytest.fixture(scope="module", params=["demo", "chicago"])
def line(request: pytest.FixtureRequest, server_home: Path) -> Line:
    return open_line(Settings(home=server_home, department=request.param, database_url=None))


@pytest.fixture(scope="module")
def nodes(line: Line) -> Nodes:
    return dict(load_manifest(line)["nodes"])


@pytest.fixture(scope="module")
def core(nodes: Nodes) -> Nodes:
    models = [node for node in nodes.values() if node["resource_type"] == "model" and node["schema"] == "core"]
    return {node["name"]: node for node in models if node["config"]["enabled"]}


def test_every_supplied_table_is_there_and_every_other_one_has_a_reason(line: Line, core: Nodes) -> None:
    department = line.department
    assert set(core) == set(department.supplied_tables)
    assert set(core) | set(department.absent_tables) == set(CORE_TABLES)
    assert all(reason.strip() for reason in department.absent_tables.values())
    if department.name == "demo":
        assert not department.absent_tables
        assert not department.absent_columns


def test_absent_columns_are_columns_of_the_department_model(line: Line, core: Nodes) -> None:
    for qualified, reason in line.department.absent_columns.items():
        table, column = qualified.split(".")
        assert column in core[table]["columns"], qualified
        assert reason.strip()


def test_every_column_is_under_contract_and_described(core: Nodes) -> None:
    for name, model in core.items():
        assert model["config"]["contract"]["enforced"], name
        assert "One row per" in model["description"], name
        for column in model["columns"].values():
            assert column["data_type"], (name, column["name"])
            assert column["description"], (name, column["name"])


def test_every_table_has_a_tested_key_and_knows_its_officer_and_its_day(nodes: Nodes, core: Nodes) -> None:
    tests = [node for node in nodes.values() if node["resource_type"] == "test"]
    for name, model in core.items():
        tested = {
            (test["test_metadata"]["name"], test["column_name"])
            for test in tests
            if test.get("attached_node") == model["unique_id"]
        }
        key = next(iter(model["columns"]))
        assert {("unique", key), ("not_null", key)} <= tested, name
        if name != "officers":
            assert ("relationships", "officer_id") in tested, name
            assert ("not_null", "known_on") in tested, name


def test_every_table_leaves_expunged_records_out(core: Nodes) -> None:
    for name, model in core.items():
        assert f"where {{{{ still_stands('{name}') }}}}" in model["raw_code"], name


def test_features_name_columns_of_the_tables_that_they_count(core: Nodes, nodes: Nodes) -> None:
    """A misspelt column in `uses` would pass in silence: the features would be there, and always 0."""
    for node in nodes.values():
        family = node["config"].get("meta", {}).get("family") if node["resource_type"] == "model" else None
        for stream in (family or {}).get("streams", []):
            if stream["table"] in core:
                columns = set(core[stream["table"]]["columns"])
                used = set(re.findall(r"\w+", stream.get("uses", "")))
                assert used <= columns, (node["name"], used - columns)


def test_the_key_of_what_families_are_and_read_is_a_unique_index(nodes: Nodes) -> None:
    """dbt-bouncer asks all other layers for a test of their keys."""
    keyed = {
        node["name"]: [index for index in node["config"].get("indexes", []) if index.get("unique")]
        for node in nodes.values()
        if node["resource_type"] == "model"
        and re.fullmatch(r"(events\.int|features\.feat)_.+", f"{node['schema']}.{node['name']}")
    }
    assert len(keyed) > 16
    assert all(keyed.values()), keyed
