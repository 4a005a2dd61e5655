"""Dashboards fit the dbt project: every table and column exists, and every exposure of the kind is one of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from dagster_project.line import Line
from dagster_project.manifest import load_manifest
from eis.bi.assets import build_assets, find_table, identify
from eis.bi.declarations import Dashboard, load_dashboards, parse_dashboard
from eis.errors import EisError

DASHBOARDS = load_dashboards()
NO_CHART = "title: A\nslug: a\nreaders: Nobody.\nlogin: shared\ncharts: []\n"


@pytest.fixture(scope="module")
def manifest(line: Line) -> Mapping[str, Any]:
    return load_manifest(line)


@pytest.fixture(scope="module")
def assets(line: Line, manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return build_assets(DASHBOARDS, manifest, line.policy, name_outcomes(line))


def name_outcomes(line: Line) -> list[str]:
    return [outcome.name for outcome in line.department.outcomes]


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.slug)
def test_every_column_exists(manifest: Mapping[str, Any], dashboard: Dashboard) -> None:
    for asked in dashboard.filters:
        assert asked.column in find_table(manifest, asked.table, dashboard)["columns"]
    for chart in dashboard.charts:
        columns = set(find_table(manifest, chart.table, dashboard)["columns"])
        assert chart.plain_columns <= columns, chart.question
        for expression in chart.expressions:
            named = {column.name for column in sqlglot.parse_one(expression, read="postgres").find_all(exp.Column)}
            assert named <= columns, chart.question


def test_dashboards_and_exposures_are_the_same(manifest: Mapping[str, Any]) -> None:
    exposures = {e["name"]: e for e in manifest["exposures"].values() if e["type"] == "dashboard"}
    assert {dashboard.exposure: dashboard.title for dashboard in DASHBOARDS} == {
        name: exposure["label"] for name, exposure in exposures.items()
    }
    for dashboard in DASHBOARDS:
        read = {find_table(manifest, table, dashboard)["unique_id"] for table in dashboard.tables}
        assert read == set(exposures[dashboard.exposure]["depends_on"]["nodes"]), dashboard.title


def test_officers_are_shown_to_a_login_of_ones_own_alone(manifest: Mapping[str, Any]) -> None:
    for dashboard in DASHBOARDS:
        shows_officers = any(
            "officer_id" in find_table(manifest, table, dashboard)["columns"] for table in dashboard.tables
        )
        assert shows_officers == (dashboard.login == "own-login"), dashboard.title


def test_every_dashboard_says_what_scores_are_for_and_what_never(line: Line, assets: dict[str, dict[str, Any]]) -> None:
    for dashboard in DASHBOARDS:
        position = assets[f"dashboards/{dashboard.slug}.yaml"]["position"]
        first_row = position[position["GRID_ID"]["children"][0]]["children"]
        said = " ".join(position[item]["meta"]["code"] for item in first_row)
        for sentence in (*line.policy.intended_use, *line.policy.forbidden_use):
            assert sentence in said


def test_an_outcome_shares_its_colour_with_no_other(line: Line, assets: dict[str, dict[str, Any]]) -> None:
    for dashboard in DASHBOARDS:
        colours = assets[f"dashboards/{dashboard.slug}.yaml"]["metadata"]["label_colors"]
        assert list(colours) == name_outcomes(line)
        assert len(set(colours.values())) == len(colours)


def test_assets_point_at_one_another_and_hold_no_secret(assets: dict[str, dict[str, Any]]) -> None:
    known = {asset["uuid"] for asset in assets.values() if "uuid" in asset}
    assert len(known) == len(assets) - 1
    for path, asset in assets.items():
        for key in ("dataset_uuid", "database_uuid"):
            assert asset.get(key, identify("database", "shared")) in known, path
        for item in asset.get("position", {}).values():
            if isinstance(item, dict) and item.get("type") == "CHART":
                assert item["meta"]["uuid"] in known, path
        for choice in asset.get("metadata", {}).get("native_filter_configuration", []):
            assert {target["datasetUuid"] for target in choice["targets"]} <= known, path
        assert ":" not in asset.get("sqlalchemy_uri", "").removeprefix("postgresql+psycopg2://")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title: [", "not YAML"),
        (NO_CHART, "charts"),
        (NO_CHART.replace("[]", "[{question: Why, kind: table, table: scores.a}]"), "question"),
        (NO_CHART.replace("[]", "[{question: 'Why?', kind: bar, table: scores.a}]"), "along and values"),
        (NO_CHART.replace("[]", "[{question: 'Why?', kind: table, table: scores.a}]"), "a table has columns"),
    ],
)
def test_faults_of_a_declaration_are_told_with_their_file(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "a.yml"
    path.write_text(text)
    with pytest.raises(EisError, match=words) as refusal:
        parse_dashboard(path)
    assert str(path) in str(refusal.value)
