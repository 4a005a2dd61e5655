"""Adding a department: raw tables in, drafts on disk, or nothing.

Belongs here: what `eis department new` and `eis department stub` do with the checkout. Does not: the drafts' text.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import LargeBinary

from eis.department import CORE_TABLES
from eis.errors import EisError
from eis.extraction import CHUNK_ROWS, find_table, list_schemas, list_tables, open_database, read_rows, say
from eis.ingest import Row
from eis.onboarding import drafts
from eis.onboarding import model_drafts as models
from eis.onboarding.profiles import (
    ROWS,
    OfficerLink,
    RawSource,
    TableProfile,
    find_officers,
    find_sources,
    name_table,
    profile_tables,
)
from eis.settings import PROJECT, Settings

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Engine

FOLDERS = ("departments", "models/staging", "expectations")


@dataclass(frozen=True)
class Added:
    """What became of it."""

    tables: list[TableProfile]
    links: Mapping[str, list[OfficerLink]]
    written: list[Path]


def add_department(
    name: str, source: str, settings: Settings, schema: str | None = None, project: Path = PROJECT
) -> Added:
    """Draft a department from a folder of files or a database.

    Raises:
        EisError: it exists, the name or the source is unusable, or a table cannot be read; nothing is written then.
    """
    if there := [folder for folder in FOLDERS if (project / folder / name).exists()]:
        raise EisError(
            f"Department '{name}' exists: {there[0]}/{name} is there. Choose another name, or remove its folders."
        )
    if is_database := "://" in source:
        with open_database(source, settings) as engine:
            tables = profile_tables(find_database_sources(engine, schema))
    else:
        tables = profile_tables(find_sources(Path(source).expanduser()))
    texts = drafts.write_drafts(name, tables, source if is_database else None)
    dbt_project = Path("dbt_project.yml")
    enabled = drafts.enable((project / dbt_project).read_text(encoding="utf-8"), name)
    for path, text in texts.items():
        write_new(project / path, text)
    (project / dbt_project).write_text(enabled, encoding="utf-8")
    found = find_officers(tables)
    return Added(tables, found[1] if found else {}, [*texts, dbt_project])


def find_database_sources(engine: "Engine", schema: str | None) -> list[RawSource]:
    """The tables and views of a schema of the department's own database.

    Raises:
        EisError: there is none.
    """
    names = list_tables(engine, schema)
    if not names:
        where = f"schema {schema}" if schema else "the login's own schema"
        others = ", ".join(list_schemas(engine)) or "none"
        raise EisError(f"{engine.url}: no table or view in {where}. Name one that has some with --schema: {others}.")
    sources: dict[str, RawSource] = {}
    for name in names:
        table = find_table(engine, name)
        columns = [column for column in table.c if not isinstance(column.type, LargeBinary)]
        raw = name_table(table.name, name)
        if raw in sources:
            raise EisError(
                f"{name} and {sources[raw].database_table} would both be raw table {raw}. Make a view of one."
            )
        key = tuple(column.name for column in table.primary_key)
        headers = [column.name for column in columns]
        origin = f"{engine.url}, {name}"
        sources[raw] = RawSource(raw, f"{raw}.csv.gz", origin, headers, read_sample(engine, columns, name), key, name)
    return list(sources.values())


def read_sample(
    engine: "Engine", columns: Sequence["ColumnElement[Any]"], name: str
) -> Generator[list[Row], None, None]:
    """As many rows of a foreign table as are looked at, as text."""
    with closing(read_rows(engine, columns, limit=ROWS + 1)) as rows:
        while chunk := list(islice(rows, CHUNK_ROWS)):
            yield [("", *(say(value, name) for value in row)) for row in chunk]


def add_stub(name: str, table: str, project: Path = PROJECT) -> Path:
    """Draft the mapping of one core table, beside those that are there.

    Raises:
        EisError: no such department or core table, or it has a mapping.
    """
    if table not in CORE_TABLES:
        raise EisError(f"'{table}' is no core table. Known: {', '.join(CORE_TABLES)}.")
    staging = Path("models/staging") / name
    properties = project / staging / f"_{name}__mapping.yml"
    if not properties.exists():
        raise EisError(f"{properties} is missing: draft the department first, with `eis department new {name}`.")
    core = models.read_core_tables()[table]
    path = staging / f"int_{name}__{table}.sql"
    write_new(project / path, models.draft_mapping(name, core, []))
    with properties.open("a", encoding="utf-8") as file:
        file.write("\n" + models.describe_mapping(name, core))
    return path


def write_new(path: Path, text: str) -> None:
    """Write a file that must not be there yet.

    Raises:
        EisError: it is there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise EisError(f"{path} is there already, and is not written over.") from error


def describe_table(table: TableProfile, links: Sequence[OfficerLink]) -> str:
    """One line about a raw table."""
    said = [f"{table.rows:,}{' first' if table.is_cut else ''} rows, {len(table.columns)} columns"]
    said.append(f"key {' and '.join(table.key)}" if table.key else "no key found")
    if table.repeated:
        said.append(f"{table.repeated:,} rows repeat it")
    said.extend(f"{link.column.header} seems to be the officer's {link.identifier.header}" for link in links)
    if table.dated:
        said.append(f"days in {', '.join(column.header for column in table.dated)}")
    return f"{table.name}: {'; '.join(said)}"
