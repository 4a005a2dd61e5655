"""First drafts of a new department's own files, made from what its raw tables look like.

Belongs here: which files there are, and the text of those under `departments/`. Does not: looking at data (`profiles`),
the text of models and suites (`model_drafts`).

A draft never decides what only the department can. Such a place says TODO, with which nothing runs (`eis.department`),
or calls a macro that stops the build (`macros/onboarding.sql`). What the values show, such as how days are written, is
written out.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from eis.department import CORE_TABLES, NEEDED_TABLES, snake_case
from eis.errors import EisError
from eis.onboarding import model_drafts as models
from eis.onboarding.profiles import CODE, EMPTY, ColumnProfile, TableProfile, find_officers, months_seen, say_days
from eis.settings import PROJECT

DEMO = PROJECT / "departments" / "demo"

# Words in names of tables, and in the kinds of entry that a table for everything holds, that suggest a core table.
HINTS = {
    "officers": ("officer", "employee", "personnel", "deput", "profile", "roster"),
    "assignments": ("assign", "posting", "transfer", "unit_history"),
    "ranks": ("rank", "promotion", "salar", "pay_step"),
    "shifts": ("shift", "timesheet", "timekeep", "payroll", "overtime", "sick"),
    "dispatches": ("dispatch", "cad", "calls"),
    "arrests": ("arrest",),
    "stops": ("stop", "citation"),
    "uses_of_force": ("force", "trr", "uof"),
    "complaints": ("complaint", "allegation", "accused", "internal_affairs", "ia", "misconduct"),
    "complaint_witnesses": ("witness",),
    "vehicle_incidents": ("vehicle", "fleet", "accident", "collision", "crash", "pursuit"),
    "civil_claims": ("claim", "lawsuit", "civil", "litigation"),
    "criminal_matters": ("criminal", "prosecution"),
    "injuries": ("injur", "workers_comp"),
    "training": ("training", "course"),
    "secondary_employment": ("secondary", "outside", "extra_duty"),
    "commendations": ("commend", "award", "medal"),
    "legacy_alerts": ("alert",),
    "interventions": ("intervention", "counsel"),
}
ABOUT_PEOPLE = ("officers", "assignments", "ranks")  # their days reach back before the records of events

# Blocks of a policy with short values.
CLOSELY = ("powers", "readers", "publication", "retraining", "monitoring", "retention")
YAML_WORDS = {"yes", "no", "on", "off", "true", "false", "null", "y", "n"}

DEPARTMENT = """\
# Drafted by `eis department new`. Nothing runs while a value says TODO; `eis department check` lists them.
# docs/guides/adding_a_department.md says what each block is for; departments/demo/department.yml is a full example.
name: {name}
title: "TODO: the name of the department, as readers of a score see it"
timezone: "TODO: such as America/Chicago; all times of the core tables are local"
raw_format: csv
{source}
# What is not listed is never loaded. Left out: empty columns, and those that may hold names, addresses or free text.
raw_tables:
{raw_tables}

{absent_tables}

# Columns of the department model that the mapping fills with null, each with the reason: `table.column: "reason"`.
absent_columns: {{}}

calendar:
  first_as_of: "TODO: first of a month, a year or more after the records of events begin, which is {first}"
  last_as_of: "TODO: first of a month, not after the delivery; the records of events end {last}"
  every_months: 1

cohort: {{}}  # everybody in service

outcomes:
{outcomes}

labels:
  horizons_months: [6, 12, 24]

backtest:
  horizon_months: 12
  train_from: "TODO: first as-of date to learn from"
  train_every_months: 3
  test_dates:
    "TODO: an outcome": ["TODO: as-of dates whose window of 12 months has ended and is decided"]

operations:
  data_owner: "TODO: who answers for what is delivered: team:... or an address"
  model_owner: "TODO: who trains and judges models"
  publication_owner: "TODO: who answers for what is published"
"""

POLICY = """\
# What {name} has decided about its use of this system. Drafted by `eis department new` from the demo's policy, whose
# comments say why each bound is what it is; docs/methodology/governance.md says what enforces it. Read every line.
"""

AS_IT_STOOD = """\
-- Takes schema raw back to the first instant of the day :as_of, for the time-travel test: rows not entered yet go,
-- values that were not yet decided are blank again. Written from the files' meaning, not from the models; run on a
-- copy only. departments/demo/as_it_stood.sql is a full example.
"""

SQLFLUFF = """\
# What sqlfluff must tell dbt to compile this department's staging. It passes text only: the list is one line of names.
[sqlfluff:templater:dbt:context]
department = {name}
supplied_tables = {supplied}
"""


def write_drafts(name: str, tables: Sequence[TableProfile], source: str | None = None) -> dict[Path, str]:
    """Every file of a new department, by its path in the project.

    Raises:
        EisError: the name cannot be one.
    """
    if not re.fullmatch(r"[a-z]{2,40}", name):
        raise EisError(
            f"'{name}': a department's name is 2 to 40 small letters; models and folders are named after it."
        )
    mapped = suggest_core_tables(tables)
    core = models.read_core_tables()
    found = find_officers(tables)
    home, staging, suites = (Path(folder) / name for folder in ("departments", "models/staging", "expectations"))
    files = {
        home / "department.yml": draft_department(name, tables, mapped, source),
        home / "policy.yml": draft_policy(name),
        home / "as_it_stood.sql": draft_as_it_stood(name, tables),
        home / "sqlfluff.cfg": SQLFLUFF.format(name=name, supplied=" ".join(mapped)),
        staging / f"_{name}__sources.yml": models.draft_sources(tables),
        staging / f"_{name}__staging.yml": models.draft_staging_properties(name, tables),
        staging / f"_{name}__mapping.yml": models.draft_mapping_properties(name, [core[table] for table in mapped]),
    }
    for table in tables:
        files[staging / f"stg_{name}__{table.name}.sql"] = models.draft_staging(table, found)
        files[suites / f"{table.name}.yml"] = models.draft_suite(table)
    for core_table, candidates in mapped.items():
        files[staging / f"int_{name}__{core_table}.sql"] = models.draft_mapping(name, core[core_table], candidates)
    return files


def suggest_core_tables(tables: Sequence[TableProfile]) -> dict[str, list[str]]:
    """Core table -> raw tables that look like it: by name, by the kinds of entry they hold, by naming the officers."""
    found: dict[str, list[str]] = {table: [] for table in NEEDED_TABLES}
    for table in tables:
        kinds = [kind for column in table.columns if column.kind is CODE for kind in find_kinds(column)]
        for core in dict.fromkeys([*find_hints([table.name]), *kinds]):
            found.setdefault(core, []).append(table.name)
    officers = find_officers(tables)
    if officers and officers[0].name not in found["officers"]:
        found["officers"].insert(0, officers[0].name)
    return {table: found[table] for table in CORE_TABLES if table in found}


def find_kinds(column: ColumnProfile) -> list[str]:
    """Core tables that a column's codes suggest, where its header calls them kinds, or they suggest more than one."""
    hints = find_hints([snake_case(code) for code in column.codes])
    return hints if len(hints) > 1 or re.search(r"(^|_)(type|kind|class)(_|$)", column.name) else []


def find_hints(words: Sequence[str]) -> list[str]:
    """Core tables that names suggest."""
    return [core for core, hints in HINTS.items() if any(has_word(text, hint) for hint in hints for text in words)]


def has_word(text: str, hint: str) -> bool:
    """Whether a word of a name begins with the hint; short hints are whole words."""
    return bool(re.search(rf"(^|_){hint}" + ("(_|$)" if len(hint) < 4 else ""), text))


def draft_department(
    name: str, tables: Sequence[TableProfile], mapped: Mapping[str, list[str]], source: str | None
) -> str:
    """department.yml: what was seen, and a TODO wherever the department has to decide."""
    events = {raw for core, found in mapped.items() if core not in ABOUT_PEOPLE for raw in found}
    people = {raw for core in ABOUT_PEOPLE for raw in mapped.get(core, [])} - events
    first, last = months_seen(table for table in tables if table.name not in people) or ("unknown", "unknown")
    return DEPARTMENT.format(
        name=name,
        source=f"\nsource: {{url: {quote(source)}}}  # the password: EIS_SOURCE_PASSWORD\n" if source else "",
        raw_tables="\n".join(line for table in tables for line in draft_raw_table(table)),
        absent_tables="\n".join(draft_absent_tables(mapped)),
        first=first,
        last=last,
        outcomes="\n".join(draft_outcomes(mapped)),
    )


def draft_raw_table(table: TableProfile) -> Iterator[str]:
    """One entry of raw_tables, with a comment for each column."""
    key = f"key {', '.join(table.key)}" if table.key else "no key found"
    repeated = f", repeated by {table.repeated:,} rows" if table.repeated else ""
    rows = f"first {table.rows:,} rows looked at" if table.is_cut else f"{table.rows:,} rows"
    yield f"  {table.name}:  # {rows}; {key}{repeated}"
    yield f"    file: {quote(table.source.file)}"
    if table.source.separator != ",":
        yield f"    separator: {quote(table.source.separator)}"
    if table.source.database_table:
        yield f"    extract: {{table: {quote(table.source.database_table)}, key: [{', '.join(map(quote, table.key))}]}}"
        for column in [c for c in table.dated if re.search(r"modif|updat|chang|last_?edit", c.name)][:1]:
            yield f"    # `cursor: {quote(column.header)}` there reads only what changed; right if each change sets it."
    yield "    columns:"
    for column in table.columns:
        if column.is_left_out:
            reason = "always empty" if column.kind is EMPTY else "may hold names, addresses or free text"
            yield f"      # - {quote(column.header)}  # left out: {reason}"
        else:
            yield f"      - {quote(column.header)}  # {column.describe()}"


def draft_absent_tables(mapped: Mapping[str, list[str]]) -> Iterator[str]:
    """Core tables that no raw table looks like."""
    absent = [table for table in CORE_TABLES if table not in mapped]
    yield "# No raw table looks like these. Give the reason; or `eis department stub <table>`, and map it."
    yield "absent_tables:" if absent else "absent_tables: {}"
    for table in absent:
        yield f'  {table}: "TODO: why it is not supplied"'


def draft_outcomes(mapped: Mapping[str, list[str]]) -> Iterator[str]:
    """The demo's outcomes on the tables that are there, for the department to keep, change or delete."""
    kept: set[str] = set()
    for outcome in yaml.safe_load((DEMO / "department.yml").read_text(encoding="utf-8"))["outcomes"]:
        parts = [part for part in outcome.get("any_of", []) if part in kept]
        if outcome.get("table") in mapped or parts:
            kept.add(outcome["name"])
            words = outcome | {"description": f"TODO: keep, change or delete: {outcome['description']}"}
            block = yaml.safe_dump([words | ({"any_of": parts} if parts else {})], sort_keys=False, width=1000)
            yield from ("  " + line for line in block.splitlines())
    if not kept:
        yield '  - "TODO: what the system is to find early; departments/demo/department.yml has five"'


def draft_policy(name: str) -> str:
    """policy.yml: the demo's settings, with a gap where somebody has to answer."""
    policy = yaml.safe_load((DEMO / "policy.yml").read_text(encoding="utf-8"))
    policy["owner"] = {
        "name": "TODO: the person or office that answers for the system",
        "position": "TODO: their position",
        "contact": "TODO: their address",
    }
    policy["intended_use"].append("TODO: read the lines above and below, make them yours, and delete this one")
    policy |= {"approval": "manual", "clock": "calendar"}
    policy["lists"] |= {
        "outcome": "TODO: the outcome of department.yml whose list supervisors review",
        "capacity": "TODO: officers that supervisors can review in a month",
    }
    policy["publication"]["performance"]["min_ratio_to_best_baseline"] = 1
    blocks = [
        yaml.safe_dump({key: value}, sort_keys=False, default_flow_style=None if key in CLOSELY else False, width=1000)
        for key, value in policy.items()
    ]
    return POLICY.format(name=name) + "\n".join(blocks)


def draft_as_it_stood(name: str, tables: Sequence[TableProfile]) -> str:
    """as_it_stood.sql: what a day's view of the raw tables is, which only the department knows."""
    lines = [AS_IT_STOOD]
    for table in tables:
        place = f"departments/{name}/as_it_stood.sql, raw.{table.name}"
        lines += [
            f"-- Days in it: {say_days(table)}.",
            f"do $$ begin raise exception 'TODO: {place}: say which rows and values were not known yet.'; end $$;\n",
        ]
    return "\n".join(lines)


def enable(project: str, name: str) -> str:
    """dbt_project.yml with the department's staging and sources beside the others'.

    Raises:
        EisError: the file has no such lines.
    """
    entry = re.compile(r"^( +)[a-z]+(: \{\+enabled: \"\{\{ var\('department', 'demo'\) == ')[a-z]+('.*)$")
    lines: list[str] = []
    inserted = 0
    before: re.Match[str] | None = None
    for line in [*project.splitlines(), ""]:
        found = entry.match(line)
        if before and not found:
            lines.append(f"{before[1]}{name}{before[2]}{name}{before[3]}")
            inserted += 1
        lines.append(line)
        before = found
    if inserted != 2:
        raise EisError(
            "dbt_project.yml: the lines `demo: {+enabled: ...}` under models and sources are not as expected."
        )
    return "\n".join(lines[:-1]) + "\n"


def quote(text: str) -> str:
    """Text as YAML."""
    is_plain = re.fullmatch(r"[A-Za-z][\w.]*", text) and text.lower() not in YAML_WORDS
    return text if is_plain else json.dumps(text)
