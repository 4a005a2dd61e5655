"""The same features in DuckDB as in PostgreSQL, from the same core tables and the same dbt models: time, and equality.

Belongs here: handing the core tables over, running the models on both, comparing. Does not: SQL of features; what the
two engines write differently is in the project's macros (`duckdb__...` beside `postgres__...`).
"""

import datetime as dt
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psycopg
import typer
from bench import CONSOLE, FEATURES, HOME, Bench, EveryMonths, Folder, Officers, Years, sum_processor_seconds
from rich.table import Table

from eis.settings import PROJECT
from eis.transform import DBT

PROFILES = Path(__file__).with_name("duckdb")
TYPES = {
    "text": "varchar", "integer": "integer", "bigint": "bigint", "real": "real", "boolean": "boolean", "date": "date",
    "double precision": "double", "numeric": "decimal(18, 2)", "timestamp without time zone": "timestamp",
}  # fmt: skip
COLUMNS = """
    select column_name, data_type
    from information_schema.columns
    where table_schema = 'features' and table_name = ? and column_name not in ('officer_id', 'as_of_date')
"""
# Whether a cell differs; four-byte reals may, by rounding.
EXACT = "a.{0} is distinct from b.{0}"
REAL = "coalesce(abs(a.{0} - b.{0}) > 1e-5 * greatest(abs(a.{0}), 1), a.{0} is distinct from b.{0})"
COMPARISON = """
    select coalesce(sum(case when a.officer_id is null or b.officer_id is null then 1 else {cells} end), 0)
    from features.{family} as a
    full join postgres.{family} as b on a.officer_id = b.officer_id and a.as_of_date = b.as_of_date
"""


@dataclass(frozen=True)
class Run:
    """What building all features took: seconds of each model, and from the first one's start to the last one's end."""

    models: dict[str, float]
    seconds: float
    processor_seconds: float


def hand_over(bench: Bench, yardstick: Path, schema: str, tables: list[str], into: str) -> None:
    """Copy tables of the warehouse into the DuckDB file, with their types."""
    query = (
        "select column_name, data_type from information_schema.columns"
        " where table_schema = %s and table_name = %s order by ordinal_position"
    )
    file = yardstick.with_suffix(".csv")
    with psycopg.connect(bench.warehouse.url()) as warehouse, duckdb.connect(str(yardstick)) as target:
        target.execute(f"create schema if not exists {into}")
        for table in tables:
            columns = {name: TYPES[kind] for name, kind in warehouse.execute(query, [schema, table])}
            statement = f"copy (table {schema}.{table}) to stdout (format csv, header)"
            with file.open("wb") as rows, warehouse.cursor().copy(statement.encode()) as copy:
                rows.writelines(copy)
            target.execute(
                f"create table {into}.{table} as from read_csv('{file}', header = true, columns = {columns})"
            )
            file.unlink()


def build_features(bench: Bench, environment: dict[str, str]) -> Run:
    """Every model of events and features from nothing, without tests, on whichever warehouse the environment names."""
    command = [str(DBT), "build", "--full-refresh", "--exclude-resource-type", "unit_test", "test", *FEATURES]
    before, children = sum_processor_seconds(bench.list_server()), os.times()
    done = subprocess.run(
        [*command, *bench.variables], env=environment, cwd=PROJECT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stdout[-5000:])
    now = os.times()
    processor_seconds = now.children_user + now.children_system - children.children_user - children.children_system
    processor_seconds += sum_processor_seconds(bench.list_server()) - before
    results = json.loads((Path(environment["DBT_TARGET_PATH"]) / "run_results.json").read_text(encoding="utf-8"))
    models = {
        one["unique_id"].rpartition(".")[2]: one["execution_time"]
        for one in results["results"]
        if one["unique_id"].startswith("model.")
    }
    moments = [
        dt.datetime.fromisoformat(phase[which])
        for one in results["results"]
        for phase in one["timing"]
        for which in ("started_at", "completed_at")
    ]
    return Run(models, (max(moments) - min(moments)).total_seconds(), processor_seconds)


def count_differences(yardstick: Path, families: list[str]) -> dict[str, int]:
    """Family -> cells in which the two differ; a row that only one of them has counts as one."""
    found = {}
    with duckdb.connect(str(yardstick)) as both:
        for family in families:
            columns = both.execute(COLUMNS, [family]).fetchall()
            cells = " + ".join(
                f"cast({REAL if kind == 'FLOAT' else EXACT} as bigint)".format(name) for name, kind in columns
            )
            query = COMPARISON.format(family=family, cells=cells)
            found[family] = int((both.execute(query).fetchone() or (0,))[0])
    return found


def main(officers: Officers = 2_000, years: Years = 8, every_months: EveryMonths = 1, folder: Folder = HOME) -> None:
    """Compare with what `bench.py line` left in the same folder: run that first.

    Example: `make bench`, or `python benchmarks/yardstick.py --officers 500`
    """
    bench = Bench(folder.resolve(), officers, years, every_months)
    bench.warehouse.start()
    yardstick = bench.folder / "yardstick.duckdb"
    yardstick.unlink(missing_ok=True)
    hand_over(bench, yardstick, "core", bench.department.supplied_tables, "core")
    here = bench.environment()
    there = here | {
        "EIS_YARDSTICK": str(yardstick),
        "DBT_PROFILES_DIR": str(PROFILES),
        "DBT_TARGET_PATH": str(bench.folder / "yardstick"),
    }
    postgres, duck = build_features(bench, here), build_features(bench, there)
    families = [model for model in duck.models if model.startswith("feat_")]
    hand_over(bench, yardstick, "features", families, "postgres")
    differences = count_differences(yardstick, families)
    bench.warehouse.stop()

    table = Table("model", title=f"{officers:,} officers, {years} years: the same dbt models on both")
    for column in ("PostgreSQL s", "DuckDB s", "cells that differ"):
        table.add_column(column, justify="right")
    for model in duck.models:
        table.add_row(
            model, f"{postgres.models[model]:.2f}", f"{duck.models[model]:.2f}", str(differences.get(model, ""))
        )
    table.add_section()
    # dbt runs several models at a time on PostgreSQL, where they wait for each other: the sum is more than they took.
    table.add_row("all models, added up", *(f"{sum(run.models.values()):.1f}" for run in (postgres, duck)))
    table.add_row("from the first to the last", f"{postgres.seconds:.1f}", f"{duck.seconds:.1f}")
    table.add_row("processor s, dbt included", f"{postgres.processor_seconds:.1f}", f"{duck.processor_seconds:.1f}")
    CONSOLE.print(table)
    CONSOLE.print(
        f"PostgreSQL takes {postgres.seconds / duck.seconds:.1f} times the time of DuckDB,"
        f" and {postgres.processor_seconds / duck.processor_seconds:.1f} times its processor seconds."
        f" Load average: {os.getloadavg()[0]:.1f}."
    )
    if any(differences.values()):
        raise SystemExit("The two do not give the same features.")


if __name__ == "__main__":
    typer.run(main)
