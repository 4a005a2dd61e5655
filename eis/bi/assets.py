"""Dashboards in Superset's assets format, made from their declarations, the dbt manifest and the policy.

Belongs here: translation. Does not: a word about a table (those come from `models/`), or about what scores are for
(those come from policy.yml). Every identifier is a hash of a name: importing again changes what is there, and adds
nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from shutil import rmtree
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import yaml

from eis.bi.declarations import GRID_COLUMNS, Chart, Dashboard, Filter
from eis.dictionary import Manifest, Node
from eis.errors import EisError
from eis.governance.policy import Policy

VERSION = "1.0.0"
TEMPORAL = ("date", "timestamp with time zone")

# Okabe and Ito's colours, told apart with every common kind of colour blindness; yellow left out, too faint on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#7F7F7F")

# From this height on a table of full width has pages and a search.
LONG_TABLE = 50

# The names that `eis_login.py` connects by; host `shared` is the login of the tool, `own-login` the person's.
DATABASES = {"shared": "EIS: figures without officers", "own-login": "EIS: as the person logged in"}

# One officer at a time, on record: nothing is read before an officer is chosen.
FILE_TABLE = "explanations.officer_files"
FILE_SQL = """\
{{% set chosen = filter_values('officer_id') %}}
{{% if chosen | length == 1 %}}
select '{{{{ chosen[0] | replace("'", "''") }}}}' as officer_id, {columns}
from governance.read_file('{{{{ chosen[0] | replace("'", "''") }}}}', 'Officer detail, a dashboard of Superset')
{{% else %}}
select {empty_columns} where false
{{% endif %}}
"""

Asset = dict[str, Any]


def identify(kind: str, *names: str) -> str:
    """The same identifier for the same thing, always."""
    return str(uuid5(NAMESPACE_URL, "/".join(("eis", kind, *names))))


def write_assets(
    folder: Path, dashboards: Sequence[Dashboard], manifest: Manifest, policy: Policy, outcomes: Iterable[str]
) -> None:
    """A folder that Superset imports; what was in it before is gone."""
    rmtree(folder, ignore_errors=True)
    for path, asset in build_assets(dashboards, manifest, policy, outcomes).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(yaml.safe_dump(asset, sort_keys=False, allow_unicode=True, width=120), encoding="utf-8")


def build_assets(
    dashboards: Sequence[Dashboard], manifest: Manifest, policy: Policy, outcomes: Iterable[str]
) -> dict[str, Asset]:
    """Path in the folder -> asset.

    Raises:
        EisError: a dashboard reads a table that BI is not promised.
    """
    assets: dict[str, Asset] = {"metadata.yaml": {"version": VERSION, "type": "assets"}}
    colours = dict(zip(outcomes, cycle(COLOURS), strict=False))
    for login, name in DATABASES.items():
        assets[f"databases/{login}.yaml"] = build_database(login, name)
    for dashboard in dashboards:
        for table in sorted(dashboard.tables):
            path = f"datasets/{dashboard.login}/{table}.yaml"
            assets[path] = build_dataset(dashboard.login, find_table(manifest, table, dashboard))
        for number, chart in enumerate(dashboard.charts):
            types = {
                name: column["data_type"]
                for name, column in find_table(manifest, chart.table, dashboard)["columns"].items()
            }
            assets[f"charts/{dashboard.slug}_{number}.yaml"] = build_chart(dashboard, chart, types)
        assets[f"dashboards/{dashboard.slug}.yaml"] = build_dashboard(dashboard, policy, colours)
    return assets


def find_table(manifest: Manifest, table: str, dashboard: Dashboard) -> Node:
    """The latest version of a table in the manifest.

    Raises:
        EisError: there is none.
    """
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and f"{node['schema']}.{node['alias']}" == table:
            return node
    raise EisError(f"Dashboard '{dashboard.title}' reads {table}, and no model is called so.")


def build_database(login: str, name: str) -> Asset:
    """A connection without secrets: `eis_login.connect_as_reader` puts in whom it connects as."""
    return {
        "database_name": name,
        "sqlalchemy_uri": f"postgresql+psycopg2://eis_bi@{login}/eis",
        "expose_in_sqllab": False,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "impersonate_user": login == "own-login",
        "extra": {"allows_virtual_table_explore": True},
        "uuid": identify("database", login),
        "version": VERSION,
    }


def build_dataset(login: str, model: Node) -> Asset:
    """A table with the words of its model."""
    columns = list(model["columns"].values())
    table = f"{model['schema']}.{model['alias']}"
    is_file = table == FILE_TABLE
    return {
        "table_name": model["alias"],
        "schema": None if is_file else model["schema"],
        "sql": write_file_sql(columns) if is_file else None,
        "description": " ".join(model["description"].split()),
        "main_dttm_col": None,
        "filter_select_enabled": True,
        "uuid": identify("dataset", login, table),
        "database_uuid": identify("database", login),
        "metrics": [],
        "columns": [
            {
                "column_name": column["name"],
                "verbose_name": name_column(column["name"]),
                "description": " ".join(column["description"].split()),
                "type": column["data_type"].upper(),
                "is_dttm": column["data_type"] in TEMPORAL,
                "is_active": True,
                "groupby": True,
                "filterable": True,
            }
            for column in columns
        ],
        "version": VERSION,
    }


def write_file_sql(columns: Iterable[Mapping[str, Any]]) -> str:
    """The query that opens one officer's file, in Superset's template language."""
    types = {column["name"]: column["data_type"] for column in columns}
    return FILE_SQL.format(
        columns=", ".join(name for name in types if name != "officer_id"),
        empty_columns=", ".join(f"cast(null as {data_type}) as {name}" for name, data_type in types.items()),
    )


def name_column(column: str) -> str:
    """A heading."""
    plain = column.removeprefix("is_").removeprefix("n_") if column != "is_on_list" else "on list"
    return plain.replace("_", " ").capitalize()


def build_chart(dashboard: Dashboard, chart: Chart, types: Mapping[str, str]) -> Asset:
    """A chart, its question as its name; types are those of its table's columns."""
    viz_type = {
        "table": "table",
        "number": "big_number_total",
        "bar": "echarts_timeseries_bar",
        "line": "echarts_timeseries_line",
        "points": "echarts_timeseries_scatter",
    }[chart.kind]
    parameters: Asset = {"viz_type": viz_type, "color_scheme": "eis", "row_limit": 10_000}
    if chart.where:
        parameters["adhoc_filters"] = [
            {"clause": "WHERE", "expressionType": "SQL", "sqlExpression": chart.where, "filterOptionName": "where"}
        ]
    metrics = [
        {"expressionType": "SQL", "sqlExpression": expression, "label": label, "hasCustomLabel": True}
        for label, expression in chart.values.items()
    ]
    if chart.kind == "table":
        parameters |= describe_table(chart, metrics)
    elif chart.kind == "number":
        parameters |= describe_number(chart, metrics)
    else:
        parameters |= describe_axes(chart, metrics, types[chart.along or ""] in TEMPORAL)
    return {
        "slice_name": chart.question,
        "description": chart.note or None,
        "viz_type": viz_type,
        "params": parameters,
        "query_context": None,
        "cache_timeout": None,
        "uuid": identify("chart", dashboard.slug, chart.question),
        "dataset_uuid": identify("dataset", dashboard.login, chart.table),
        "version": VERSION,
    }


def describe_table(chart: Chart, metrics: list[Asset]) -> Asset:
    """Rows as they are, or values of groups."""
    formats = {column: {"d3NumberFormat": text, "d3SmallNumberFormat": text} for column, text in chart.formats.items()}
    is_long = chart.width == GRID_COLUMNS and chart.height >= LONG_TABLE
    shared: Asset = {
        "server_pagination": False,
        "page_length": 20 if is_long else 0,
        "include_search": is_long,
        "table_timestamp_format": "%Y-%m-%d",
        "show_cell_bars": False,
        "color_pn": False,
        "column_config": formats,
        "allow_rearrange_columns": False,
    }
    if metrics:
        return shared | {"query_mode": "aggregate", "groupby": chart.by, "metrics": metrics, "order_desc": True}
    order = [yaml_list(column) for column in chart.order]
    return shared | {"query_mode": "raw", "all_columns": chart.columns, "order_by_cols": order}


def yaml_list(column: str) -> str:
    """Superset's way to say by which column, and whether upwards."""
    return f'["{column.lstrip("-")}", {"false" if column.startswith("-") else "true"}]'


def describe_number(chart: Chart, metrics: list[Asset]) -> Asset:
    """One figure."""
    return {"metric": metrics[0], "y_axis_format": chart.number_format, "subheader": "", "header_font_size": 0.6}


def describe_axes(chart: Chart, metrics: list[Asset], is_time: bool) -> Asset:
    """Bars, lines or points along an axis."""
    return {
        "x_axis": chart.along,
        "time_grain_sqla": chart.grain,
        "x_axis_sort_asc": True,
        "xAxisForceCategorical": not chart.is_scale and not is_time,
        "x_axis_time_format": "%Y" if chart.grain else "%Y-%m-%d",
        "metrics": metrics,
        "groupby": chart.by,
        "orientation": "horizontal" if chart.sideways else "vertical",
        "stack": "Stack" if chart.stacked else None,
        "markerEnabled": True,
        "markerSize": 6,
        "show_legend": len(metrics) > 1 or bool(chart.by),
        "legendOrientation": "top",
        "legendType": "scroll",
        "rich_tooltip": True,
        "y_axis_format": chart.number_format,
        "y_axis_title": chart.axis,
        "y_axis_title_margin": 40 if chart.axis else 0,
        "y_axis_title_position": "Left",
        "truncateYAxis": False,
        "y_axis_bounds": [None, None],
        "sort_series_type": "name",
        "sort_series_ascending": True,
    }


def build_dashboard(dashboard: Dashboard, policy: Policy, colours: Mapping[str, str]) -> Asset:
    """The page: what it is for, then its charts in rows; an outcome has one colour on all pages."""
    return {
        "dashboard_title": dashboard.title,
        "description": dashboard.readers,
        "slug": dashboard.slug,
        "uuid": identify("dashboard", dashboard.slug),
        "published": True,
        "css": "",
        "position": lay_out(dashboard, policy),
        "metadata": {
            "color_scheme": "eis",
            "label_colors": dict(colours),
            "cross_filters_enabled": False,
            "refresh_frequency": 0,
            "native_filter_configuration": [build_filter(dashboard, choice, policy) for choice in dashboard.filters],
        },
        "version": VERSION,
    }


def build_filter(dashboard: Dashboard, choice: Filter, policy: Policy) -> Asset:
    """A choice at the side."""
    value = choice.default.format(outcome=policy.lists.outcome) if choice.default else None
    mask: Asset = {"extraFormData": {}, "filterState": {}, "ownState": {}}
    if value:
        mask["extraFormData"] = {"filters": [{"col": choice.column, "op": "IN", "val": [value]}]}
        mask["filterState"] = {"value": [value], "label": value}
    return {
        "id": f"NATIVE_FILTER-{choice.column}",
        "name": choice.name,
        "filterType": "filter_select",
        "type": "NATIVE_FILTER",
        "targets": [
            {
                "column": {"name": choice.column},
                "datasetUuid": identify("dataset", dashboard.login, choice.table),
            }
        ],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
        "cascadeParentIds": [],
        "controlValues": {
            "multiSelect": not choice.is_single,
            "enableEmptyFilter": False,
            "defaultToFirstItem": False,
            "inverseSelection": False,
            "searchAllOptions": False,
        },
        "defaultDataMask": mask,
        "description": "",
    }


def lay_out(dashboard: Dashboard, policy: Policy) -> Asset:
    """Charts from left to right, a new row where one is full."""
    position: Asset = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": dashboard.title}},
    }
    add_row(position, build_notices(dashboard, policy))
    waiting: list[Asset] = []
    for number, chart in enumerate(dashboard.charts):
        if sum(item["meta"]["width"] for item in waiting) + chart.width > GRID_COLUMNS:
            add_row(position, waiting)
            waiting = []
        identifier = identify("chart", dashboard.slug, chart.question)
        meta = {"uuid": identifier, "chartId": UUID(identifier).int % 1_000_000, "sliceName": chart.question}
        waiting.append(
            {
                "type": "CHART",
                "id": f"CHART-{number}",
                "children": [],
                "meta": meta | {"width": chart.width, "height": chart.height},
            }
        )
    add_row(position, waiting)
    return position


def add_row(position: Asset, items: Sequence[Asset]) -> None:
    """One more row of the grid."""
    row = f"ROW-{len(position['GRID_ID']['children'])}"
    position["GRID_ID"]["children"].append(row)
    position[row] = {
        "type": "ROW",
        "id": row,
        "children": [item["id"] for item in items],
        "parents": ["ROOT_ID", "GRID_ID"],
        "meta": {"background": "BACKGROUND_TRANSPARENT"},
    }
    for item in items:
        position[item["id"]] = item | {"parents": ["ROOT_ID", "GRID_ID", row]}


def build_notices(dashboard: Dashboard, policy: Policy) -> list[Asset]:
    """What the policy says that scores are for, and what they are never for, side by side."""
    owner = f"Who answers for it: {policy.owner.name}, {policy.owner.contact}"
    texts = (
        ("for", dashboard.readers, "What this is for", policy.intended_use),
        ("never", owner, "What it is never for", policy.forbidden_use),
    )
    # A heading, a sentence, and a line or two for each point.
    height = 12 + 5 * max(len(policy.intended_use), len(policy.forbidden_use))
    return [
        {
            "type": "MARKDOWN",
            "id": f"MARKDOWN-{name}",
            "children": [],
            "meta": {
                "code": "\n".join([f"**{title}**", "", *(f"- {point}" for point in points), "", sentence]),
                "width": GRID_COLUMNS // 2,
                "height": height,
            },
        }
        for name, sentence, title, points in texts
    ]
