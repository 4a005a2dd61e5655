"""What of a department is mapped, what is missing, and what each gap costs in features and outcomes.

Belongs here: reading a department's files, finished or not. Does not: judging data (`eis.validation`), any change.

It needs no warehouse. What a gap costs is read from the declarations of the features, which dbt compiles, and from the
outcomes of the demo department, which has every core table.
"""

import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from eis.department import CORE_TABLES, NEEDED_TABLES, RawTable, find_gaps, parse_department
from eis.errors import EisError
from eis.governance.policy import load_policy
from eis.ingest import find_columns, find_file, read_header
from eis.onboarding.model_drafts import read_core_tables
from eis.settings import PROJECT, Settings
from eis.transform import DBT

NULL_COLUMN = re.compile(r"^\s*(?:cast\(null as \w+\)|null) as (\w+),?$", re.IGNORECASE | re.MULTILINE)
MAPPED = "mapped"
TO_MAP = re.compile(r"\{\{ to_map\('(\w+)'\) \}\}")


@dataclass(frozen=True)
class Feature:
    """A declared feature: the core tables it is made of, and the table or column for want of which it is left out."""

    name: str
    family: str
    tables: frozenset[str]
    gap: str | None


@dataclass(frozen=True)
class Cost:
    """What a gap costs."""

    families: Counter[str] = field(default_factory=Counter)
    outcomes: tuple[str, ...] = ()
    is_everything: bool = False

    def describe(self) -> str:
        """In words."""
        if self.is_everything:
            return "everything: no officer is described without it"
        families = ", ".join(f"{family} {count}" for family, count in self.families.most_common())
        features = f"{self.families.total()} features ({families})" if self.families else "no feature"
        return features + (f"; no outcome such as {', '.join(self.outcomes)}" if self.outcomes else "")


@dataclass(frozen=True)
class CoreTable:
    """Where a core table stands, and what it costs to be without it or without some of its columns."""

    name: str
    state: str
    to_map: tuple[str, ...] = ()
    gaps: Mapping[str, Cost] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether something is left to do."""
        return self.state not in (MAPPED, "absent")


@dataclass(frozen=True)
class Check:
    """The whole finding."""

    tables: list[CoreTable]
    open_points: list[str]
    available: int
    declared: int

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to do."""
        return not self.open_points and not any(table.is_open for table in self.tables)


def check_department(settings: Settings) -> Check:
    """Look at the chosen department's files.

    Raises:
        EisError: there is no such department, its file is not YAML, or dbt cannot compile the features.
    """
    path = settings.department_folder / "department.yml"
    if not path.exists():
        raise EisError(
            f"{path} is missing. Draft it: eis department new {settings.department} --from <folder of raw files>."
        )
    choices = read_choices(path)
    absent = choices.get("absent_tables") or {}
    absent_columns = choices.get("absent_columns") or {}
    staging = PROJECT / "models" / "staging" / settings.department
    states = {table: find_state(table, settings.department, staging, absent) for table in CORE_TABLES}
    missing = [table for table, (state, _) in states.items() if state != MAPPED]
    features, outcomes = read_features(settings, missing, absent_columns), read_outcomes()
    tables = [
        CoreTable(table, state, to_map, dict(find_costs(table, state, absent_columns, features, outcomes)))
        for table, (state, to_map) in states.items()
    ]
    is_possible = not set(missing) & set(NEEDED_TABLES)
    lost = [feature for feature in features if feature.gap or not is_possible]
    points = [*find_open_points(settings, choices, staging), *find_undeclared_nulls(settings, staging, absent_columns)]
    return Check(tables, points, len(features) - len(lost), len(features))


def read_choices(path: Path) -> dict[str, Any]:
    """department.yml as it is, valid or not.

    Raises:
        EisError: it is not YAML.
    """
    try:
        choices = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise EisError(f"{path}: not valid YAML: {error}") from error
    if not isinstance(choices, dict):
        raise EisError(f"{path}: empty. departments/demo/department.yml is a full example.")
    return choices


def find_state(table: str, name: str, staging: Path, absent: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Where a core table stands, and which of its columns are still to be mapped."""
    path = staging / f"int_{name}__{table}.sql"
    if table in absent:
        return ("declared absent, and mapped" if path.exists() else "absent"), ()
    if not path.exists():
        return ("not mapped" if table in NEEDED_TABLES else "not mapped, and no reason given"), ()
    to_map = tuple(TO_MAP.findall(path.read_text(encoding="utf-8")))
    return (f"{len(to_map)} columns to map" if to_map else MAPPED), to_map


def find_costs(
    table: str,
    state: str,
    absent_columns: Mapping[str, str],
    features: Iterable[Feature],
    outcomes: Iterable[Mapping[str, Any]],
) -> Iterator[tuple[str, Cost]]:
    """What is lost with the whole table, or with each of its columns that is declared absent."""
    on_table = [outcome for outcome in outcomes if outcome.get("table") == table]
    if state != MAPPED:
        families = Counter(feature.family for feature in features if feature.gap and table in feature.tables)
        yield table, Cost(families, tuple(outcome["name"] for outcome in on_table), table in NEEDED_TABLES)
        return
    for qualified in absent_columns:
        if qualified.startswith(f"{table}."):
            column = qualified.partition(".")[2]
            needing = [
                outcome["name"]
                for outcome in on_table
                if re.search(rf"\b{column}\b", f"{outcome.get('where')} {outcome['dated_by']} {outcome['known_by']}")
            ]
            yield qualified, Cost(Counter(f.family for f in features if f.gap == qualified), tuple(needing))


def read_outcomes() -> list[dict[str, Any]]:
    """Outcomes that a department with every core table declares: the demo's."""
    return list(read_choices(PROJECT / "departments" / "demo" / "department.yml")["outcomes"])


def read_features(settings: Settings, missing: Sequence[str], absent_columns: Iterable[str]) -> list[Feature]:
    """Every declared feature, compiled by dbt from the declarations; with the gap, if any, for which it is left out.

    Raises:
        EisError: dbt cannot compile them.
    """
    # Compiled as for the demo, which has a mapping for every core table: this department may have none yet.
    optional = [table for table in missing if table not in NEEDED_TABLES]
    variables = {
        "department": "demo",
        "supplied_tables": [table for table in CORE_TABLES if table not in optional],
        "absent_tables": {table: table for table in optional},
        "absent_columns": {qualified: qualified for qualified in absent_columns},
        "outcomes": [],
    }
    folder = settings.state / "check"
    connection = {"PGHOST": "none", "PGUSER": "none", "PGDATABASE": "none"}  # asked for by profiles.yml, and not used
    options = ["--quiet", "--no-populate-cache", "--no-introspect", "--output", "json", "--vars", json.dumps(variables)]
    done = subprocess.run(
        [DBT, "compile", *options, "--inline", "{{ features_and_gaps() }}"],
        cwd=PROJECT,
        env=os.environ
        | connection
        | {
            "DBT_PROJECT_DIR": str(PROJECT),
            "DBT_PROFILES_DIR": str(PROJECT),
            "DBT_TARGET_PATH": str(folder),
            "DBT_LOG_PATH": str(folder),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise EisError(f"dbt cannot compile the declarations of the features:\n{done.stdout.strip()[-3000:]}")
    found = json.loads(json.loads(done.stdout)["compiled"])
    return [Feature(each["name"], each["family"], frozenset(each["tables"]), each["gap"]) for each in found]


def find_open_points(settings: Settings, choices: Mapping[str, Any], staging: Path) -> Iterator[str]:
    """What is left to decide, in words, file by file."""
    folder = settings.department_folder
    gaps = [f"departments/{folder.name}/department.yml: {place}: {text}" for place, text in find_gaps(choices)]
    yield from gaps
    if not gaps:
        try:
            department = parse_department(folder / "department.yml")
        except EisError as error:
            yield str(error)
        else:
            yield from find_faulty_files(settings, department.raw_tables)
            try:
                load_policy(settings)
            except EisError as error:
                yield str(error)
            yield from check_sqlfluff(folder / "sqlfluff.cfg", department.supplied_tables)
    for place in (folder, staging, PROJECT / "expectations" / folder.name):
        for path in sorted(place.glob("*")):
            if path.name in ("department.yml", "policy.yml") or not path.is_file():
                continue
            text = path.read_text(encoding="utf-8")
            if count := len(re.findall(r"\bTODO\b", text)) + text.count("{{ undecided("):
                yield f"{path.relative_to(PROJECT)}: {count} places to decide (TODO)"


def find_faulty_files(settings: Settings, tables: Mapping[str, RawTable]) -> Iterator[str]:
    """Delivered files that are missing, or lack a column; nothing where no folder is named."""
    if not settings.raw_files.is_dir():
        yield f"{settings.raw_files}: no folder of raw files. Name it in EIS_RAW_PATH."
        return
    for table in tables.values():
        try:
            path = find_file(settings.raw_files, table.file)
            find_columns(path, read_header(path, table.separator), table.columns)
        except EisError as error:
            yield str(error)


def check_sqlfluff(path: Path, supplied: list[str]) -> Iterator[str]:
    """Whether sqlfluff compiles the department's staging with the core tables that it supplies."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    found = re.search(r"^supplied_tables = (.*)$", text, flags=re.MULTILINE)
    told = found[1].split() if found else list(CORE_TABLES)
    if set(told) != set(supplied):
        words = "supplied_tables is not what department.yml says. Write"
        yield f"{path.relative_to(PROJECT)}: {words}: {' '.join(supplied)}"


def find_undeclared_nulls(settings: Settings, staging: Path, absent_columns: Mapping[str, str]) -> Iterator[str]:
    """Columns that a mapping always leaves empty, without a reason: features made of them would be zeros."""
    for table, core in read_core_tables().items():
        path = staging / f"int_{settings.department}__{table}.sql"
        if path.exists():
            nulls = set(NULL_COLUMN.findall(path.read_text(encoding="utf-8")))
            for column in [column["name"] for column in core["columns"]]:
                if column in nulls and f"{table}.{column}" not in absent_columns:
                    yield f"{path.relative_to(PROJECT)}: {column} is always null; give a reason in absent_columns"
