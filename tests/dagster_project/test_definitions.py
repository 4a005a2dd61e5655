"""The asset graph of each department: connected from raw table to score, gated, described."""

import dagster as dg
import pytest
from dagster._core.workspace.load_target import WorkspaceFileTarget

from dagster_project.automation import WHOLE_LINE
from dagster_project.defs.modeling import SCORED
from dagster_project.defs.validation import define_gates
from dagster_project.line import Line
from dagster_project.manifest import load_manifest
from dagster_project.runs import open_instance, write_workspace
from eis.settings import PROJECT

PUBLISHED = ("scores/officer_scores", "scores/current_officer_scores", "monitoring/backtest_metrics")
GROUPS = {
    *("raw", "staging", "core", "events", "features", "labels"),
    *("modeling", "oversight", "governance", "explanations", "scores", "monitoring", "briefing"),
}

Specs = dict[str, dg.AssetSpec]


def find_ancestors(specs: Specs, name: str) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        parents = {dep.asset_key.to_user_string() for dep in specs[waiting.pop()].deps} - found
        found |= parents
        waiting += parents
    return found


@pytest.mark.parametrize("published", PUBLISHED)
def test_every_published_table_goes_back_to_features_labels_and_raw_tables(
    line: Line, specs: Specs, published: str
) -> None:
    ancestors = find_ancestors(specs, published)
    assert {"features/officer_features", "labels/officer_labels", "ml/selections"} <= ancestors
    assert {f"core/{table}" for table in ("officers", "assignments", "complaints", "uses_of_force")} <= ancestors
    assert any(name.startswith("raw/") for name in ancestors)


def test_nothing_is_loaded_that_nothing_reads(line: Line, specs: Specs) -> None:
    read = {dep.asset_key.to_user_string() for spec in specs.values() for dep in spec.deps}
    assert {f"raw/{name}" for name in line.department.raw_tables} <= read


def test_every_model_and_raw_table_is_an_asset_of_one_graph(line: Line, specs: Specs) -> None:
    models = [node for node in load_manifest(line)["nodes"].values() if node["resource_type"] == "model"]
    expected = {f"{node['schema']}/{node['alias']}" for node in models if node["config"]["enabled"]}
    expected |= {f"raw/{name}" for name in line.department.raw_tables}
    expected |= {
        f"ml/{name}"
        for name in (
            "models",
            "predictions",
            "evaluations",
            "selections",
            "scores",
            "proxy_audits",
            "fairness_audits",
            "threshold_comparisons",
            "list_rules",
            "list_members",
            "reports",
        )
    }
    assert expected <= set(specs)
    neighbours: dict[str, set[str]] = {name: set() for name in specs}
    for name, spec in specs.items():
        for parent in (dep.asset_key.to_user_string() for dep in spec.deps):
            neighbours[name].add(parent)
            neighbours[parent].add(name)
    reached, waiting = set(), [next(iter(specs))]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += neighbours[name]
    assert reached == set(specs)


def test_every_asset_says_what_it_is_whose_it_is_and_what_it_is_made_with(line: Line, specs: Specs) -> None:
    assert {spec.group_name for spec in specs.values()} == GROUPS
    assert not [name for name, spec in specs.items() if not spec.description or "{{" in spec.description]
    assert not [name for name, spec in specs.items() if not spec.kinds]
    operations = line.department.operations
    owners = {name: spec.owners for name, spec in specs.items()}
    assert set(map(tuple, owners.values())) == {
        (operations.data_owner,),
        (operations.model_owner,),
        (operations.publication_owner,),
    }
    assert owners["scores/officer_scores"] == [operations.publication_owner]


def test_what_is_delivered_and_what_is_published_gets_too_old(line: Line, specs: Specs) -> None:
    aging = {name for name, spec in specs.items() if spec.freshness_policy}
    assert aging == {name for name, spec in specs.items() if spec.group_name in ("raw", "scores")}


def test_features_and_scores_go_by_month_and_nothing_else_does(line: Line, specs: Specs) -> None:
    monthly = {name: spec.partitions_def for name, spec in specs.items() if spec.partitions_def}
    nodes = load_manifest(line)["nodes"].values()
    incremental = {f"{n['schema']}/{n['alias']}" for n in nodes if n["config"].get("materialized") == "incremental"}
    made_of = {"int_days_in_a_row": "shifts", "int_shifts_by_month": "shifts", "int_dispatches_by_month": "dispatches"}
    in_events = {f"events/{name}" for name, table in made_of.items() if table in line.department.supplied_tables}
    assert in_events == {name for name in incremental if name.startswith("events/")}
    by_month = (*SCORED, "feature_drift", "shadow_scorings", "shadow_scores")
    assert set(monthly) == incremental - in_events | {f"ml/{table}" for table in by_month}
    assert "features/feat_force" in monthly
    months = [date.isoformat() for date in line.department.calendar.as_of_dates]
    assert all(months == list(definition.get_partition_keys()) for definition in monthly.values())


def test_every_delivered_table_and_what_is_learnt_from_and_published_has_a_blocking_gate(line: Line) -> None:
    checks = [spec for gate in define_gates(line.department) for spec in gate.check_specs]
    gated = {spec.asset_key.to_user_string() for spec in checks if spec.blocking}
    assert {f"raw/{name}" for name in line.department.raw_tables} <= gated
    assert {"core/officers", "core/assignments", "features/officer_features", "governance/proposed_scores"} <= gated


def test_one_job_runs_the_whole_line(definitions: dg.Definitions, specs: Specs) -> None:
    job = definitions.resolve_job_def(WHOLE_LINE)
    assert {key.to_user_string() for key in job.asset_layer.executable_asset_keys} == set(specs)


def test_the_ui_shows_them_under_the_name_of_the_department(line: Line) -> None:
    with open_instance(line):
        [origin] = WorkspaceFileTarget([str(write_workspace(line))]).create_origins()
    assert origin.location_name == line.department.name
    assert origin.loadable_target_origin.module_name == "dagster_project.definitions"
    assert origin.loadable_target_origin.working_directory == str(PROJECT)


def test_the_ui_can_load_them(definitions: dg.Definitions) -> None:
    """Names of jobs and of steps are one namespace, which only a code location looks at."""
    dg.Definitions.validate_loadable(definitions)
