"""dbt in the line's own process: what it parses anew, and that it ends when nobody listens any more."""

import json
import re
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dbt.cli.main import dbtRunner

from dagster_project.dbt_builds import _listen
from dagster_project.line import Line, open_line
from dagster_project.manifest import load_manifest, target_folder
from eis.errors import EisError
from eis.settings import PROJECT, Settings
from eis.transform import DBT, FEATURE_VARS, changed_environment, dbt_arguments, dbt_environment


def test_a_new_month_is_no_reason_to_parse_anything(line: Line) -> None:
    load_manifest(line)
    calendar = line.department.calendar.model_copy(update={"last_as_of": line.department.calendar.as_of_dates[-2]})
    department = line.department.model_copy(update={"calendar": calendar})
    assert department.environment() != line.department.environment()
    with changed_environment(dbt_environment(line.settings) | department.environment()):
        assert dbtRunner().invoke(["parse", "--quiet", *dbt_arguments(line.settings)]).success
    told = json.loads((target_folder(line) / "perf_info.json").read_text(encoding="utf-8"))
    assert (told["path_count"] > 100, told["parsed_path_count"]) == (True, 0)


@pytest.mark.parametrize("left", [0, 1_000])
def test_a_manifest_that_was_cut_off_is_made_anew(line: Line, left: int) -> None:
    nodes = load_manifest(line)["nodes"].keys()
    manifest = target_folder(line) / "manifest.json"
    manifest.write_bytes(manifest.read_bytes()[:left])
    assert load_manifest(line)["nodes"].keys() == nodes


def test_whatever_shapes_an_increment_makes_it_anew_when_it_changes(line: Line) -> None:
    nodes = load_manifest(line)["nodes"].values()
    texts = [node["raw_code"] for node in nodes if node["config"]["materialized"] == "incremental"]
    texts += [file.read_text(encoding="utf-8") for file in (PROJECT / "macros" / "features").glob("*.sql")]
    used = {name for text in texts for name in re.findall(r"\bvar\(['\"](\w+)", text)}
    # Chosen months are built on top; the department's name stands in a message.
    assert used - {"chosen_months", "department"} == set(FEATURE_VARS) - {"supplied_tables"}


def test_the_yardstick_reads_the_same_project(server_home: Path, tmp_path: Path) -> None:
    # benchmarks/yardstick.py: a macro without a word for DuckDB is found at once, not at the next benchmark.
    settings = open_line(Settings(home=server_home, department="demo", database_url=None)).settings
    environment = dbt_environment(settings) | {
        "EIS_YARDSTICK": str(tmp_path / "yardstick.duckdb"),
        "DBT_PROFILES_DIR": str(PROJECT / "benchmarks" / "duckdb"),
        "DBT_TARGET_PATH": str(tmp_path),
    }
    command = [str(DBT), "--quiet", "parse", *dbt_arguments(settings)]
    done = subprocess.run(command, env=environment, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stdout


class Talker:
    """Says so many things as dbt does, then fails if so wanted."""

    def __init__(self, things: int, fault: Exception | None = None) -> None:
        self.things, self.fault, self.said = things, fault, 0
        self.proceed = threading.Event()

    def run(self, arguments: list[str], variables: list[str], listen: Callable[[Any], None]) -> None:
        for _ in range(self.things):
            listen(SimpleNamespace(info=SimpleNamespace(name="LogModelResult")))
            self.said += 1
            self.proceed.wait(10)
        if self.fault:
            raise self.fault


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dbt_common.events.functions.msg_to_dict", lambda message: {"name": message.info.name})


@pytest.mark.usefixtures("heard")
def test_what_dbt_says_comes_before_its_fault() -> None:
    talker = Talker(3, EisError("dbt build failed"))
    talker.proceed.set()
    listening = _listen(talker, [], [])  # type: ignore[arg-type]
    assert len([next(listening) for _ in range(3)]) == 3
    with pytest.raises(EisError, match="dbt build failed"):
        next(listening)


@pytest.mark.usefixtures("heard")
def test_dbt_ends_when_nobody_listens_any_more() -> None:
    talker = Talker(1_000)
    listening = _listen(talker, [], [])  # type: ignore[arg-type]
    assert next(listening) == {"name": "LogModelResult"}
    threading.Timer(0.2, talker.proceed.set).start()
    listening.close()  # type: ignore[attr-defined]
    assert talker.said == 1
    assert "dbt" not in {thread.name for thread in threading.enumerate()}
