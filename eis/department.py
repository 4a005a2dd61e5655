"""`departments/<d>/department.yml` as typed, validated settings.

Belongs here: the schema of that file, and its translation to what dbt reads. Does not: reading data.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from eis.errors import EisError, describe_invalid
from eis.settings import Settings

CORE_TABLES = (
    "officers",
    "assignments",
    "ranks",
    "shifts",
    "dispatches",
    "arrests",
    "stops",
    "uses_of_force",
    "complaints",
    "complaint_witnesses",
    "vehicle_incidents",
    "civil_claims",
    "criminal_matters",
    "injuries",
    "training",
    "secondary_employment",
    "commendations",
    "legacy_alerts",
    "interventions",
)
NEEDED_TABLES = ("officers", "assignments")

RankGroup = Literal["officer", "detective", "sergeant", "lieutenant", "command", "other"]

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,50}$")]


class Strict(BaseModel):
    """A settings block in which an unknown key is an error, not a typo that passes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def snake_case(header: str) -> str:
    """Column name in schema `raw` for a header of a delivered file."""
    return re.sub(r"[^a-z0-9]+", "_", plain_letters(header.strip())).strip("_")


def plain_letters(text: str) -> str:
    """Text in small letters, each accented one as the plain one."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


class Extract(Strict):
    """Where a raw table's file comes from, if it is extracted from the department's own database."""

    table: str = Field(min_length=1, description="table or view there, with its schema if it is not the login's own")
    key: list[str] = Field(default_factory=list, description="columns that tell rows apart; needed with a cursor")
    cursor: str | None = Field(None, description="column that grows whenever a row changes; none: everything each time")
    lag_days: int = Field(0, ge=0, description="days before the last cursor that are read again: late commits")

    @model_validator(mode="after")
    def _cursor_needs_key(self) -> "Extract":
        if self.cursor and not self.key:
            raise ValueError("a cursor needs a key: changed rows replace those of their key")
        return self


class Source(Strict):
    """The department's own database."""

    url: str = Field(description="without a password, which comes from EIS_SOURCE_PASSWORD")


class RawTable(Strict):
    """One delivered file and what of it is loaded."""

    file: str = Field(description="file name in the raw folder; .csv or .csv.gz")
    separator: Literal[",", ";", "\t", "|"] = Field(",", description="what stands between the fields of a line")
    columns: list[str] = Field(description="headers to load; every other column of the file is never loaded")
    quarantine_max_share: float = Field(
        0.0, ge=0, le=1, description="share of rows that may fail row-level critical rules before the line stops"
    )

    extract: Extract | None = Field(None, description="where the file comes from; none: it is delivered")

    @model_validator(mode="after")
    def _key_is_loaded(self) -> "RawTable":
        if self.extract and (missing := sorted(set(self.extract.key) - set(self.columns))):
            raise ValueError(f"extract.key names {missing}, which are not among the columns")
        return self

    @model_validator(mode="after")
    def _extracted_with_commas(self) -> "RawTable":
        if self.extract and self.separator != ",":
            raise ValueError("a file that is extracted has commas: leave separator out")
        return self

    @cached_property
    def names(self) -> dict[str, str]:
        """Header in the file -> column in schema `raw`."""
        return {header: snake_case(header) for header in self.columns}


class Calendar(Strict):
    """As-of dates: the first instants of months for which officers are described and scored."""

    first_as_of: dt.date
    last_as_of: dt.date
    every_months: int = Field(1, ge=1, le=12)

    @model_validator(mode="after")
    def _ordered(self) -> "Calendar":
        if self.first_as_of.day != 1 or self.last_as_of.day != 1:
            raise ValueError("first_as_of and last_as_of must be first days of a month")
        if self.first_as_of >= self.last_as_of:
            raise ValueError("first_as_of must be before last_as_of")
        return self

    @property
    def as_of_dates(self) -> list[dt.date]:
        """Every as-of date, ascending; the last one is always among them."""
        months = range(month_number(self.first_as_of), month_number(self.last_as_of), self.every_months)
        return [dt.date(m // 12, m % 12 + 1, 1) for m in months] + [self.last_as_of]


class Cohort(Strict):
    """Who is described and scored."""

    min_service_months: int = Field(0, ge=0)
    rank_groups: list[RankGroup] = Field(default_factory=list, description="eligible rank groups; empty: all")
    excluded_unit_types: list[Name] = Field(
        default_factory=list,
        description="unit types that stand for a status without duty, such as an academy or long leave",
    )


class Outcome(Strict):
    """One adverse event: declared on a core table, or any of several other outcomes."""

    name: Name
    description: str
    table: Name | None = Field(None, description="core table whose rows are the events")
    where: str = Field("true", description="condition on columns of the core table")
    dated_by: Name | None = Field(None, description="column with the day on which it counts as having happened")
    known_by: Name | None = Field(None, description="column with the day on which it was known to be adverse")
    any_of: list[Name] = Field(default_factory=list, description="outcomes of which this one is the union")
    is_decided_later: bool = Field(False, description="true when a finding after the event makes it adverse")
    observed_until: dt.date | None = Field(
        None, description="first day for which the events are no longer completely delivered; default: last as-of date"
    )

    @model_validator(mode="after")
    def _declared_one_way(self) -> "Outcome":
        on_table = [self.table, self.dated_by, self.known_by]
        if self.any_of and any(on_table):
            raise ValueError("any_of stands alone, without table, dated_by and known_by")
        if not self.any_of and not all(on_table):
            raise ValueError("table, dated_by and known_by are needed, or any_of")
        if self.any_of and self.observed_until:
            raise ValueError("any_of: observed_until follows from the parts' own")
        return self


class Labels(Strict):
    """Which outcome windows are labelled; every outcome with every horizon."""

    horizons_months: list[Annotated[int, Field(ge=1, le=60)]] = Field([6, 12, 24], min_length=1)

    @model_validator(mode="after")
    def _ascending(self) -> "Labels":
        if any(a >= b for a, b in pairwise(self.horizons_months)):
            raise ValueError("horizons_months must ascend")
        return self


class Backtest(Strict):
    """Replay of deployment."""

    horizon_months: int = Field(12, description="the horizon that models are trained for, one of the labelled ones")
    test_dates: dict[Name, Annotated[list[dt.date], Field(min_length=1)]] = Field(
        description="outcome -> test as-of dates"
    )
    train_from: dt.date = Field(description="first as-of date used for training")
    train_every_months: int = Field(6, ge=1, description="spacing of training as-of dates")

    @model_validator(mode="after")
    def _ascending(self) -> "Backtest":
        for outcome, dates in self.test_dates.items():
            if any(a >= b for a, b in pairwise(dates)):
                raise ValueError(f"test_dates of {outcome} must ascend")
        return self


class ThresholdRule(Strict):
    """One rule of the threshold system that the department runs, or ran: it flags officers at every as-of date."""

    name: Name
    feature: Name = Field(description="column of officer_features")
    at_least: float | None = Field(None, gt=0, description="flags from this value on")
    deviations_above_peers: float | None = Field(
        None, gt=0, description="flags above the peer group's mean plus so many standard deviations"
    )

    @model_validator(mode="after")
    def _one_way(self) -> "ThresholdRule":
        if (self.at_least is None) == (self.deviations_above_peers is None):
            raise ValueError("one of at_least and deviations_above_peers is needed, not both")
        return self


Attribute = Literal["race", "sex", "age_band", "tenure_band"]


class FairnessBound(Strict):
    """How unequal a candidate may be to be chosen; it is refused only where a whole 95 % interval lies beyond."""

    attributes: list[Attribute] = Field(["race", "sex"], min_length=1)
    min_recall_ratio: float = Field(0.8, gt=0, le=1, description="least recall of a group over the reference group's")
    max_false_positive_ratio: float = Field(
        1.25, ge=1, description="greatest false-positive rate of a group over the reference group's"
    )


class Fairness(Strict):
    """What the fairness audit looks at, what it refuses, and whether lists are mended."""

    age_bands: list[Annotated[int, Field(ge=18)]] = Field([30, 40, 50], min_length=1)
    tenure_bands: list[Annotated[int, Field(ge=1)]] = Field([5, 10, 20], min_length=1)
    intersections: list[Annotated[list[Attribute], Field(min_length=2)]] = [["race", "sex"]]
    references: dict[Attribute, str] = Field(
        default_factory=dict, description="group that others are compared with; default: the largest known one"
    )
    min_officers: int = Field(30, ge=1, description="a group with fewer officers is not told about")
    min_cases: int = Field(
        5, ge=1, description="nor a share of fewer: of officers on the list, with the outcome, or without it"
    )
    bound: FairnessBound | None = FairnessBound()
    mitigation: Literal["none", "equal_recall"] = Field(
        "none", description="equal_recall: places on the list are shared out so that each group's recall is the same"
    )
    mitigate_by: Attribute = "race"

    @model_validator(mode="after")
    def _ascending(self) -> "Fairness":
        for name, bands in (("age_bands", self.age_bands), ("tenure_bands", self.tenure_bands)):
            if any(a >= b for a, b in pairwise(bands)):
                raise ValueError(f"{name} must ascend")
        return self


Owner = Annotated[str, Field(pattern=r"^(team:[a-z0-9_-]+|[^@\s]+@[^@\s]+)$")]


class Operations(Strict):
    """Who looks after which part, and what happens by itself."""

    data_owner: Owner = Field(description="who mends raw files, core tables and features: team:<name>, or an address")
    model_owner: Owner = Field(description="who trains and judges models")
    publication_owner: Owner = Field(description="who answers for what is published")
    score_on: str | None = Field(None, description="cron of monthly scoring, in the department's time zone; none: off")
    watch_files: bool = Field(False, description="load and check new files as they arrive")


class Department(Strict):
    """Everything specific to one department, beside its staging SQL and its expectations."""

    name: Name
    title: str
    timezone: str
    raw_format: Literal["csv"] = "csv"
    source: Source | None = Field(None, description="database from which `eis department extract` writes raw files")
    raw_tables: dict[Name, RawTable]
    absent_tables: dict[Name, str] = Field(default_factory=dict, description="core table -> why it is not supplied")
    absent_columns: dict[str, str] = Field(
        default_factory=dict, description="table.column of the department model -> why it is not supplied"
    )
    calendar: Calendar
    cohort: Cohort = Cohort()
    outcomes: list[Outcome]
    labels: Labels = Labels()
    backtest: Backtest
    operations: Operations
    threshold_rules: list[ThresholdRule] = Field(
        default_factory=list, description="the threshold system that models are compared with; none: no comparison"
    )
    fairness: Fairness = Fairness()

    @model_validator(mode="after")
    def _consistent(self) -> "Department":
        if self.source is None and (extracted := [name for name, table in self.raw_tables.items() if table.extract]):
            raise ValueError(f"raw_tables {extracted} are extracted, and no source is named")
        if unknown := set(self.absent_tables) - set(CORE_TABLES):
            raise ValueError(f"absent_tables: {sorted(unknown)} are not core tables; known: {', '.join(CORE_TABLES)}")
        if missing := set(NEEDED_TABLES) & set(self.absent_tables):
            raise ValueError(f"absent_tables: {sorted(missing)} cannot be absent")
        declared = {outcome.name for outcome in self.outcomes}
        if unknown := set(self.backtest.test_dates) - declared:
            raise ValueError(f"backtest names outcomes that are not declared: {sorted(unknown)}")
        if self.backtest.horizon_months not in self.labels.horizons_months:
            raise ValueError(
                f"backtest.horizon_months must be one of labels.horizons_months {self.labels.horizons_months}"
            )
        if self.cohort.rank_groups and "ranks" in self.absent_tables:
            raise ValueError("cohort.rank_groups needs core table ranks, which is not supplied")
        if self.backtest.train_every_months % self.calendar.every_months:
            raise ValueError("backtest.train_every_months must be a multiple of calendar.every_months")
        asked = {"train_from": [self.backtest.train_from]} | {
            f"test_dates.{outcome}": dates for outcome, dates in self.backtest.test_dates.items()
        }
        for name, dates in asked.items():
            if strange := sorted(set(dates) - set(self.calendar.as_of_dates)):
                raise ValueError(f"backtest.{name}: {', '.join(map(str, strange))} is no as-of date of the calendar")
        rules = [rule.name for rule in self.threshold_rules]
        if twice := sorted({name for name in rules if rules.count(name) > 1}):
            raise ValueError(f"threshold_rules named twice: {', '.join(twice)}")
        for outcome in self.outcomes:
            if unknown := set(outcome.any_of) - {part.name for part in self.outcomes if part.table}:
                raise ValueError(f"outcome {outcome.name}: any_of names {sorted(unknown)}, not declared on a table")
            waits = any(part.is_decided_later for part in self.outcomes if part.name in outcome.any_of)
            if outcome.any_of and outcome.is_decided_later != waits:
                raise ValueError(
                    f"outcome {outcome.name}: is_decided_later must be {str(waits).lower()}, as of its parts"
                )
            if outcome.table is None:
                continue
            if outcome.table in self.absent_tables or outcome.table not in CORE_TABLES:
                raise ValueError(f"outcome {outcome.name} needs core table {outcome.table}, which is not supplied")
        return self

    @property
    def supplied_tables(self) -> list[str]:
        """Core tables that this department supplies."""
        return [table for table in CORE_TABLES if table not in self.absent_tables]

    def dbt_vars(self) -> dict[str, Any]:
        """Variables that dbt models read; nothing else about the department reaches SQL, save `environment`."""
        return {
            "department": self.name,
            "supplied_tables": self.supplied_tables,
            "absent_tables": self.absent_tables,
            "absent_columns": self.absent_columns,
            "horizons_months": self.labels.horizons_months,
            "horizon_months": self.backtest.horizon_months,
            "cohort": self.cohort.model_dump(mode="json"),
            "outcomes": [outcome.model_dump(mode="json") for outcome in self.outcomes],
            "threshold_rules": [rule.model_dump(mode="json") for rule in self.threshold_rules],
        }

    def environment(self) -> dict[str, str]:
        """What dbt models read from the environment: when one of its own variables changes, dbt parses all anew."""
        return {"EIS_AS_OF_DATES": " ".join(map(str, self.calendar.as_of_dates))}


def month_number(date: dt.date) -> int:
    """Months since year 0, so that month arithmetic is integer arithmetic."""
    return date.year * 12 + date.month - 1


def load_department(settings: Settings) -> Department:
    """The chosen department's settings.

    Raises:
        EisError: the department does not exist, or its file is not valid; names file and place.
    """
    path = settings.department_folder / "department.yml"
    if not path.exists():
        known = sorted(p.parent.name for p in path.parent.parent.glob("*/department.yml"))
        raise EisError(f"No department '{settings.department}': {path} is missing. Known: {', '.join(known)}.")
    return parse_department(path)


def parse_department(path: Path) -> Department:
    """Read and validate one department.yml.

    Raises:
        EisError: not YAML, or a value is missing, unknown or wrong; one line for each.
    """
    try:
        choices = yaml.safe_load(path.read_text(encoding="utf-8"))
        refuse_gaps(choices, path)
        return Department.model_validate(choices)
    except yaml.YAMLError as error:
        raise EisError(f"{path}: not valid YAML: {error}") from error
    except ValidationError as error:
        raise EisError(describe_invalid(path, error)) from error


def refuse_gaps(choices: Any, path: Path) -> None:
    """Refuse a file in which something is still to be decided.

    Raises:
        EisError: a value says TODO; one line for each.
    """
    if gaps := list(find_gaps(choices)):
        lines = [f"  {place or '(file)'}: {text}" for place, text in gaps]
        raise EisError("\n".join([f"{path}: {len(gaps)} values are still to be decided (TODO):", *lines]))


def find_gaps(choices: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Where a YAML file says TODO, as drafts by `eis department new` do, and what it asks."""
    if isinstance(choices, dict):
        for key, value in choices.items():
            inner = f"{place}.{key}".lstrip(".")
            if str(key).startswith("TODO"):
                yield place, str(key)
            yield from find_gaps(value, inner if not str(key).startswith("TODO") else place)
    elif isinstance(choices, list):
        for number, value in enumerate(choices):
            yield from find_gaps(value, f"{place}.{number}".lstrip("."))
    elif isinstance(choices, str) and choices.startswith("TODO"):
        yield place, choices
