"""Runbooks are read at two in the morning: what they tell an operator to type and to open is there."""

import re
from pathlib import Path

import pytest
import typer.main

from dagster_project.automation import define_jobs
from eis.cli import commands
from eis.settings import PROJECT

RUNBOOKS = sorted((PROJECT / "docs" / "runbooks").glob("*.md"))
TYPED = re.compile(r"(?:^ {4}|`)(?:[A-Z_]+=\S+ )*eis ([a-z]+(?: [a-z]+)?)", re.MULTILINE)


def list_commands() -> set[str]:
    """Every command as it is typed after `eis`."""
    root = typer.main.get_command(commands)
    groups = {name: set(getattr(command, "commands", {})) for name, command in root.commands.items()}  # type: ignore[attr-defined]
    return {f"{name} {sub}" if sub else name for name, subs in groups.items() for sub in (subs or {""})}


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda path: path.stem)
def test_every_command_exists(runbook: Path) -> None:
    typed = TYPED.findall(runbook.read_text(encoding="utf-8"))
    assert typed
    known = list_commands()
    assert [words for words in typed if words not in known and words.split()[0] not in known] == []


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda path: path.stem)
def test_every_link_and_every_file_exists(runbook: Path) -> None:
    text = runbook.read_text(encoding="utf-8")
    links = [runbook.parent / link for link in re.findall(r"\]\(([^)#:]+)\)", text)]
    files = [PROJECT / name for name in re.findall(r"`((?:docs|tests|models|expectations)/[\w/.]+)`", text)]
    assert [path for path in links + files if not path.exists()] == []


def test_every_job_is_one_that_there_is() -> None:
    named = {job for runbook in RUNBOOKS for job in re.findall(r"job `(\w+)`", runbook.read_text(encoding="utf-8"))}
    assert named
    assert named <= {job.name for job in define_jobs()}
