"""Columns of tables as Dagster shows them: names, types, words, and which other columns each is made of."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest
from sqlglot.errors import SqlglotError

from dagster_project.assembly import describe_columns
from dagster_project.columns import ColumnReader, read_schemas, trace
from dagster_project.defs.demo import RAW_FILES

SHIFTS = ("core", "shifts")
TABLES = {
    SHIFTS: [dg.TableColumn("officer_id", "text"), dg.TableColumn("hours", "real"), dg.TableColumn("pay", "real")]
}

# Two tables of columns_test, the second made of the first, and a raw one that dbt does not make.
SQL = """
drop schema if exists columns_test cascade;
create schema columns_test;
create table columns_test.calls ("Call Number" text, badge text);
create table columns_test.family (officer_id text, calls_12m bigint, hidden date);
create view columns_test.features as select officer_id, calls_12m from columns_test.family;
alter table columns_test.family drop column hidden;
comment on column columns_test.features.officer_id is 'Officer.';
comment on column columns_test.features.calls_12m is 'Calls; within 12 months.';
comment on column columns_test.family.officer_id is 'Officer, by badge.';
"""
COMPILED = {
    "family": 'select badge as officer_id, count("Call Number") as calls_12m from columns_test.calls group by badge',
    "features": "with family as (select * from columns_test.family) select * from family",
}


def describe(columns: list[dg.TableColumn]) -> list[tuple[str, str, str | None]]:
    return [(column.name, column.type, column.description) for column in columns]


class TestTrace:
    @pytest.mark.parametrize(
        ("sql", "sources"),
        [
            ("select officer_id from core.shifts", {"officer_id": {"officer_id"}}),
            ("select * from core.shifts", {"officer_id": {"officer_id"}, "hours": {"hours"}, "pay": {"pay"}}),
            ('select s.hours * s.pay as "Cost" from "db"."core"."shifts" as s', {"Cost": {"hours", "pay"}}),
            (
                "with s as (select * from core.shifts),"
                " t as (select officer_id as o, max(hours) as h from s group by 1)"
                " select o, h / 2 as half from t",
                {"o": {"officer_id"}, "half": {"hours"}},
            ),
            ("select hours as n from core.shifts union all select pay from core.shifts", {"n": {"hours", "pay"}}),
            ("select count(*) as n, 1 as one from core.shifts", {"n": set(), "one": set()}),
            ("select now_known.day from columns_test.nobody_told as now_known", {"day": set()}),
        ],
    )
    def test_each_column_has_those_it_is_made_of(self, sql: str, sources: dict[str, set[str]]) -> None:
        traced = trace(sql, TABLES)
        assert traced == {column: {(SHIFTS, source) for source in found} for column, found in sources.items()}

    def test_the_widest_table_is_followed_in_a_moment(self) -> None:
        """All columns in one pass: one by one, 700 of them are a minute, more than dbt takes to build them."""
        names = {("features", f"feat_{i}"): [f"f{i}_{j}" for j in range(50)] for i in range(14)}
        tables = {
            table: [dg.TableColumn(name, "real") for name in ["officer_id", *columns]]
            for table, columns in names.items()
        }
        selected = ", ".join(f"{name}.{column}" for (_, name), columns in names.items() for column in columns)
        joined = "".join(f" left join features.feat_{i} using (officer_id)" for i in range(1, 14))
        began = time.process_time()
        traced = trace(f"with wide as (select {selected} from features.feat_0{joined}) select * from wide", tables)
        assert time.process_time() - began < 5
        assert traced == {column: {(table, column)} for table, columns in names.items() for column in columns}

    def test_what_cannot_be_followed_is_a_fault_of_sqlglot(self) -> None:
        with pytest.raises(SqlglotError):
            trace("select from where", TABLES)


@pytest.fixture
def manifest() -> dict[str, Any]:
    """dbt's manifest, as far as columns are asked for in it."""

    def node(name: str, parents: list[str]) -> dict[str, Any]:
        place = {"schema": "columns_test", "alias": name, "package_name": "eis", "original_file_path": f"{name}.sql"}
        return {"resource_type": "model", "depends_on": {"nodes": parents}, **place}

    source = {"resource_type": "source", "schema": "columns_test", "identifier": "calls"}
    return {
        "nodes": {
            "model.family": node("family", ["source.calls"]),
            "model.features": node("features", ["model.family"]),
        },
        "sources": {"source.calls": source},
        "child_map": {
            "source.calls": ["model.family"],
            "model.family": ["model.features", "test.not_null"],
            "model.features": [],
        },
    }


@pytest.fixture
def connection(server_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(SQL)
        yield connection
        connection.execute("drop schema columns_test cascade")


@pytest.fixture
def reader(connection: psycopg.Connection[Any], manifest: dict[str, Any], tmp_path: Path) -> ColumnReader:
    (tmp_path / "eis").mkdir()
    for name, sql in COMPILED.items():
        (tmp_path / "eis" / f"{name}.sql").write_text(sql, encoding="utf-8")
    return ColumnReader(connection, manifest, tmp_path)


class TestBuilt:
    def test_a_built_table_is_told_with_the_columns_it_has_now(self, reader: ColumnReader) -> None:
        told = reader.describe(("columns_test", "family"))
        assert describe(told["dagster/column_schema"].columns) == [
            ("officer_id", "text", "Officer, by badge."),
            ("calls_12m", "bigint", None),
        ]

    def test_and_with_the_columns_of_other_tables_that_each_is_made_of(self, reader: ColumnReader) -> None:
        calls, family = (dg.AssetKey(["columns_test", name]) for name in ("calls", "family"))
        assert reader.describe(("columns_test", "family"))["dagster/column_lineage"].deps_by_column == {
            "officer_id": [dg.TableColumnDep(calls, "badge")],
            "calls_12m": [dg.TableColumnDep(calls, "Call Number")],
        }
        assert reader.describe(("columns_test", "features"))["dagster/column_lineage"].deps_by_column == {
            "officer_id": [dg.TableColumnDep(family, "officer_id")],
            "calls_12m": [dg.TableColumnDep(family, "calls_12m")],
        }

    def test_sql_that_cannot_be_followed_is_said_and_stops_nothing(self, reader: ColumnReader, tmp_path: Path) -> None:
        (tmp_path / "eis" / "family.sql").write_text("select from where", encoding="utf-8")
        told = reader.describe(("columns_test", "family"))
        assert told["column lineage"].startswith("Not known: ")
        assert "dagster/column_lineage" not in told


class TestDefined:
    def test_columns_without_words_have_those_of_the_table_made_of_them(
        self, connection: psycopg.Connection[Any], manifest: dict[str, Any]
    ) -> None:
        keys = [dg.AssetKey(["columns_test", name]) for name in ("calls", "family", "features", "not_built")]
        schemas = read_schemas(connection, manifest, [*keys, dg.AssetKey(RAW_FILES)])
        assert {key: describe(list(schema.columns)) for key, schema in schemas.items()} == {
            keys[0]: [("Call Number", "text", None), ("badge", "text", None)],
            keys[1]: [
                ("officer_id", "text", "Officer, by badge."),
                ("calls_12m", "bigint", "Calls; within 12 months."),
            ],
            keys[2]: [("officer_id", "text", "Officer."), ("calls_12m", "bigint", "Calls; within 12 months.")],
        }

    def test_until_it_is_built_a_table_has_the_columns_of_its_contract(self, specs: dict[str, dg.AssetSpec]) -> None:
        contract = specs["core/officers"].metadata["dagster/column_schema"].columns
        assert {"officer_id", "hired_on"} <= {column.name for column in contract if column.type and column.description}
        schema = dg.TableSchema([dg.TableColumn("officer_id", "text", "Officer.")])
        built = describe_columns(specs["core/officers"], {specs["core/officers"].key: schema})
        assert built.metadata["dagster/column_schema"] == schema
        assert built.metadata["dagster/table_name"] == "core.officers"
        assert describe_columns(specs["core/officers"], {}) == specs["core/officers"]
