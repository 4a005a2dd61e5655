"""The definitions of each department, without data."""

from pathlib import Path

import dagster as dg
import pytest

from dagster_project.assembly import assemble
from dagster_project.line import Line, open_line
from eis.settings import Settings


@pytest.fixture(scope="session", params=["demo", "chicago"])
def line(request: pytest.FixtureRequest, server_home: Path) -> Line:
    """A line whose warehouse runs and is empty: definitions need no data."""
    return open_line(Settings(home=server_home, department=request.param, database_url=None))


@pytest.fixture(scope="session")
def definitions(line: Line) -> dg.Definitions:
    return assemble(line)


@pytest.fixture(scope="session")
def specs(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}
