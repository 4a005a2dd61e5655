"""Dashboards as they are declared in `bi/superset/dashboards/*.yml`: questions, and the columns that answer them.

Belongs here: the format of those files. Does not: Superset's own format (`eis.bi.assets`).
"""

from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from eis.department import Strict
from eis.errors import EisError, describe_invalid
from eis.settings import PROJECT

DASHBOARDS = PROJECT / "bi" / "superset" / "dashboards"
GRID_COLUMNS = 12


class Chart(Strict):
    """One question, and what answers it."""

    question: str = Field(pattern=r"\?$", description="its title")
    kind: Literal["table", "number", "bar", "line", "points"]
    table: str = Field(pattern=r"^[a-z]+\.[a-z_]+$", description="schema and table of the BI contract")
    columns: list[str] = Field(default_factory=list, description="of a table, row by row")
    values: dict[str, str] = Field(default_factory=dict, description="name -> aggregate in SQL, of all other kinds")
    along: str | None = Field(None, description="column of the axis")
    grain: str | None = Field(None, description="length of time on the axis, as an ISO duration")
    is_scale: bool = Field(False, description="whether the axis is a scale, not a row of names")
    by: list[str] = Field(default_factory=list, description="columns that tell series apart; of a table, its rows")
    where: str | None = Field(None, description="condition in SQL")
    order: list[str] = Field(default_factory=list, description="columns of a table's order; a minus puts it downwards")
    stacked: bool = False
    sideways: bool = Field(False, description="bars from left to right, for long names")
    number_format: str = Field(",.0f", description="d3 format of values")
    formats: dict[str, str] = Field(default_factory=dict, description="column of a table -> d3 format")
    axis: str = Field("", description="title of the axis of values")
    note: str = Field("", description="what not to conclude, beside the title")
    width: int = Field(GRID_COLUMNS, ge=2, le=GRID_COLUMNS)
    height: int = Field(36, ge=12, le=100, description="in steps of eight pixels")

    @model_validator(mode="after")
    def _is_answered(self) -> "Chart":
        if self.kind == "table" and bool(self.columns) == bool(self.values):
            raise ValueError(f"'{self.question}': a table has columns, or values by something")
        if self.kind in ("bar", "line", "points") and not (self.along and self.values):
            raise ValueError(f"'{self.question}': along and values are needed")
        if self.kind == "number" and len(self.values) != 1:
            raise ValueError(f"'{self.question}': a number is one value")
        return self

    @property
    def plain_columns(self) -> set[str]:
        """Columns named outside SQL."""
        named = [*self.columns, *self.by, *(column.lstrip("-") for column in self.order), *self.formats]
        return {*named, *([self.along] if self.along else [])} - set(self.values)

    @property
    def expressions(self) -> list[str]:
        """What is SQL."""
        return [*self.values.values(), *([self.where] if self.where else [])]


class Filter(Strict):
    """A choice at the side of a dashboard, for every chart whose table has the column."""

    name: str
    table: str = Field(pattern=r"^[a-z]+\.[a-z_]+$", description="table whose values are offered")
    column: str
    default: str | None = Field(None, description="chosen at first; {outcome} is the outcome of the policy's list")
    is_single: bool = Field(False, description="exactly one value can be chosen")


class Dashboard(Strict):
    """One page."""

    title: str
    slug: str = Field(pattern=r"^[a-z-]+$", description="end of its address; with underscores, its exposure")
    readers: str = Field(description="for whom it is, and for how long a look")
    login: Literal["shared", "own-login"] = Field(description="whose reading it is: own-login where officers are shown")
    filters: list[Filter] = Field(default_factory=list)
    charts: list[Chart] = Field(min_length=1)

    @model_validator(mode="after")
    def _questions_differ(self) -> "Dashboard":
        if len({chart.question for chart in self.charts}) < len(self.charts):
            raise ValueError("two charts ask the same")
        return self

    @property
    def exposure(self) -> str:
        """Its name in models/_exposures.yml."""
        return self.slug.replace("-", "_")

    @property
    def tables(self) -> set[str]:
        """What it reads."""
        return {chart.table for chart in self.charts} | {choice.table for choice in self.filters}


def load_dashboards(folder: Path = DASHBOARDS) -> list[Dashboard]:
    """Every dashboard of the folder, by its file's name.

    Raises:
        EisError: a file is not valid; one line for each fault.
    """
    return [parse_dashboard(path) for path in sorted(folder.glob("*.yml"))]


def parse_dashboard(path: Path) -> Dashboard:
    """One file.

    Raises:
        EisError: not YAML, or a value is missing, unknown or wrong.
    """
    try:
        return Dashboard.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise EisError(f"{path}: not YAML: {error}") from error
    except ValidationError as error:
        raise EisError(describe_invalid(path, error)) from error
