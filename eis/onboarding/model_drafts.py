"""First drafts of a new department's models and suites: staging, mapping, their properties, and rules on what arrives.

Belongs here: text of files under `models/staging/` and `expectations/`. Does not: settings (`drafts`), looking at data
(`profiles`).
"""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from eis.department import snake_case
from eis.onboarding.profiles import CODE, EMPTY, FLAG, TEXT, UNDECIDED, ColumnProfile, Officers, TableProfile, say_days
from eis.settings import PROJECT

WIDTH = 116
YES = ("y", "yes", "t", "true", "1")

# Words that PostgreSQL reads as something else than a column.
RESERVED_WORDS = """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate
    collation column concurrently constraint create cross current_date current_role current_time current_timestamp
    current_user default deferrable desc distinct do else end except false fetch for foreign freeze from full
    grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
    localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary
    references returning right select session_user similar some symmetric table tablesample then to trailing true
    union unique user using variadic verbose when where window with
"""
RESERVED = frozenset(RESERVED_WORDS.split())

SOURCES = """\
version: 2

sources:
  - name: raw
    description: >
      The files as delivered: all text, the columns that department.yml names, and where each row came from (`_row`,
      `_file`, `_loaded_at`).
    schema: raw
    config:
      loaded_at_field: _loaded_at
      freshness:
        warn_after: {count: 35, period: day}
        error_after: {count: 70, period: day}
    tables:
"""

MAPPINGS = """\
version: 2

# Keys, types and allowed values are contracts and tests of models/core: here stands how the department fills a table.
models:
"""

MAPPING = """\
-- {grain}, on the columns of `{table}`.
-- Point in time: TODO: say from which day on a row is known, and which values are known later.
-- Raw tables that look like it: {candidates}.

with

delivered as (

    select * from {{{{ ref('stg_{name}__{start}') }}}}

)

select
{columns}
from delivered
"""

SUITE = """\
# Drafted from the first delivery: make each rule what has to hold, and its description the reason why.
table: raw.{table}
"""


def read_core_tables() -> dict[str, dict[str, Any]]:
    """Core table -> what its contract says: description and columns."""
    return {
        model["name"]: model
        for path in sorted((PROJECT / "models" / "core").glob("*.yml"))
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    }


def draft_sources(tables: Sequence[TableProfile]) -> str:
    """The raw tables as dbt sources."""
    entries = [
        f"      - name: {table.name}\n"
        f'        description: "TODO: what the system behind {table.source.file} records. One row per TODO."\n'
        for table in tables
    ]
    return SOURCES + "".join(entries)


def draft_staging(table: TableProfile, officers: Officers | None) -> str:
    """A staging model that reads every listed column as what it is."""
    key = [quote_sql(snake_case(header)) for header in table.key]
    has_repeats = bool(table.repeated and key)
    names = name_columns(table)
    read = [f"    {read_column(column)} as {names[column.header]}" for column in table.listed]
    lines = [
        f"-- One row per TODO: say what one row of {table.source.file} is.",
        "-- Point in time: TODO: say from which day on the department had a row, and what of it was decided later.",
        *(f"-- {line}" for line in textwrap.wrap(f"Days in it: {say_days(table)}.", WIDTH)),
        *say_officer(table, officers),
        "",
        *(
            ["-- Repeated rows: the first one.", f"select distinct on ({', '.join(key)})"]
            if has_repeats
            else ["select"]
        ),
        ",\n".join(read),
        f"from {{{{ source('raw', '{table.name}') }}}}",
        *([f"order by {', '.join(key)}, _row"] if has_repeats else []),
    ]
    return "\n".join(lines) + "\n"


def say_officer(table: TableProfile, officers: Officers | None) -> Iterator[str]:
    """Where a table names the officer."""
    if officers and table is officers[0]:
        yield "-- It seems to be the table of officers: other tables name them by a column of it."
    for link in officers[1].get(table.name, []) if officers else []:
        otherwise = ", with other letters or zeros before the number" if link.is_written_otherwise else ""
        yield f"-- {link.column.name} seems to be the officer's {link.identifier.name}{otherwise}."


def name_columns(table: TableProfile) -> dict[str, str]:
    """Header -> name in staging; where two would be one, the raw names stay."""
    names = {column.header: name_column(column) for column in table.columns}
    taken = list(names.values())
    return {c.header: names[c.header] if taken.count(names[c.header]) == 1 else c.name for c in table.columns}


def name_column(column: ColumnProfile) -> str:
    """Name in staging: days end in `_on`, moments in `_at`, flags begin with `is_`."""
    name = column.name
    if column.is_dated:
        name = re.sub(r"^date_(of_)?", "", name)
        name = re.sub(r"_?(date_?time|timestamp|date|time|dt|dttm|on|at)$", "", name) or name
        return name + ("_on" if column.kind.sql_type == "date" else "_at")
    if column.kind is FLAG:
        return name if name.startswith(("is_", "has_")) else f"is_{name}"
    return f"{name}_value" if name in RESERVED else name if name[0].isalpha() else f"column_{name}"


def read_column(column: ColumnProfile) -> str:
    """SQL that reads a raw column."""
    name = quote_sql(column.name)
    if column.kind in UNDECIDED:
        return f"{{{{ undecided('{column.name}', '{column.kind.question}') }}}}"
    if column.kind is CODE:
        return f"{{{{ text('{name}') }}}}"
    if column.kind is FLAG:
        spellings = {value.lower() for value in column.values}
        return f"{{{{ text('{name}') }}}} = '{next(yes for yes in YES if yes in spellings)}'"
    if column.kind in (TEXT, EMPTY) or column.is_identifier:
        return f"trim({name})"
    return f"{{{{ try_cast({column.kind.reading.format(name)}, '{column.kind.sql_type}') }}}}"


def quote_sql(name: str) -> str:
    """A raw column in SQL."""
    return f'"{name}"' if name in RESERVED or not name[0].isalpha() else name


def draft_staging_properties(name: str, tables: Sequence[TableProfile]) -> str:
    """Descriptions and key tests of the staging models."""
    lines = ["version: 2", "", "models:"]
    for table in tables:
        names = name_columns(table)
        lines += [
            f"  - name: stg_{name}__{table.name}",
            f'    description: "TODO: what {table.source.file} tells. One row per TODO."',
            "    columns:",
        ]
        for column in table.listed:
            described = json.dumps(f"TODO: what {column.header} is. Seen: {column.describe()}.")
            lines += [f"      - name: {names[column.header]}", f"        description: {described}"]
            if table.key == (column.header,):
                lines += ["        data_tests: [unique, not_null]"]
    return "\n".join(lines) + "\n"


def draft_mapping_properties(name: str, cores: Sequence[Mapping[str, Any]]) -> str:
    """Descriptions of the mappings."""
    return MAPPINGS + "\n".join(describe_mapping(name, core) for core in cores)


def describe_mapping(name: str, core: Mapping[str, Any]) -> str:
    """One mapping's entry in the properties."""
    words = (
        f"TODO: which staging models, on the columns of `{core['name']}`, and what is known when. {core['description']}"
    )
    return f"  - name: int_{name}__{core['name']}\n    description: {json.dumps(words)}\n"


def draft_mapping(name: str, core: Mapping[str, Any], candidates: Sequence[str]) -> str:
    """A mapping in which every column of the core table is still to be filled."""
    columns = []
    for column in core["columns"]:
        meaning = textwrap.wrap(f"{column['data_type']}: {column['description']}", WIDTH)
        columns.append("".join(f"    -- {line}\n" for line in meaning) + f"    {{{{ to_map('{column['name']}') }}}}")
    return MAPPING.format(
        grain=core["description"].rstrip("."),
        table=core["name"],
        candidates=", ".join(candidates) or "none",
        name=name,
        start=candidates[0] if candidates else "TODO",
        columns=",\n".join(columns),
    )


def draft_suite(table: TableProfile) -> str:
    """A first Great Expectations suite: what holds in the delivery that was looked at."""
    count, half = "ExpectTableRowCountToBeBetween", max(table.rows // 2, 1)
    rules = [
        draft_rule(count, "There are rows", "critical", min_value=1),
        draft_rule(count, "Not fewer than half of the rows of the first delivery", "warning", min_value=half),
        *(rule for column in table.listed for rule in draft_rules(column, column.header in table.key)),
    ]
    dumped = yaml.safe_dump({"rules": rules}, sort_keys=False, default_flow_style=None, width=WIDTH)
    return SUITE.format(table=table.name) + dumped


def draft_rules(column: ColumnProfile, is_key: bool) -> Iterator[dict[str, Any]]:
    """Rules that one column suggests."""
    name = column.name
    if is_key and column.filled == column.rows:
        yield draft_rule("ExpectColumnValuesToNotBeNull", f"Every row has its {name}", "critical", column=name)
    elif column.null_share < 0.5:
        words = f"{name} is filled about as often as in the first delivery"
        share = max(round((1 - column.null_share) * 0.95, 2), 0.01)
        yield draft_rule("ExpectColumnValuesToNotBeNull", words, "warning", column=name, mostly=share)
    if column.kind.order:
        words = f"Nearly all values of {name} are {column.kind.words}; staging reads no other"
        regex = rf"^\s*{column.kind.pattern.pattern}\s*$"
        yield draft_rule("ExpectColumnValuesToMatchRegex", words, "critical", column=name, regex=regex, mostly=0.98)
    if column.codes:
        words = f"Almost every {name} is of the known vocabulary; a new code needs a line in staging"
        codes = list(column.codes)
        yield draft_rule("ExpectColumnValuesToBeInSet", words, "warning", column=name, value_set=codes, mostly=0.98)


def draft_rule(expectation: str, description: str, severity: str, **arguments: Any) -> dict[str, Any]:
    """One rule as a suite's file has it."""
    return {"expectation": expectation, "description": description, "severity": severity, "kwargs": arguments}
