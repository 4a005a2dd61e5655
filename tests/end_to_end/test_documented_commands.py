"""What pages tell people to type, and what is quick and changes nothing, is typed: on the finished demo line.

Every command of `eis` in the pages is either run here or left out with the reason. That all of them exist with these
options: tests/eis/test_docs.py.
"""

import shlex
from pathlib import Path

import pytest
from documented import PAGES, Command, find_commands
from html_pages import build_site, list_fetched
from place import Built, Place

from eis.cli import commands
from eis.settings import PROJECT

pytestmark = pytest.mark.slow

# How a command begins -> why it is not run here.
LEFT_OUT = {
    "dbt build": "minutes; tests/end_to_end/test_worked_example.py gives those of the worked example",
    "dbt ls --select state:modified+": "compares with a build of `make dev`",
    "dbt parse": "a measurement; every other command of dbt parses",
    "dbt test": "the line has run the tests, and the unit tests take half a minute",
    "run": "the line was run; that a second run does nothing is tests/end_to_end/test_demo_line.py's",
    "up": "goes on until it is stopped; tests/dagster_project loads what it serves",
    "department extract": "needs a source database; tests/eis/test_extraction.py",
    "department new": "writes into the project; tests/eis/test_onboarding.py",
    "department check": "of a department that is being added; tests/eis/test_onboarding.py",
    "department stub": "writes into the project; tests/eis/test_onboarding.py",
    "demo generate": "tests/eis/test_demo.py",
    "warehouse start": "the other commands need it running",
    "warehouse stop": "the other commands need it running",
    "warehouse exec": "starts programs that are not ours",
    "warehouse backup": "tests/end_to_end/test_backup.py",
    "warehouse restore": "tests/end_to_end/test_backup.py",
    "metrics": "needs `make metrics`; tests/end_to_end/test_demo_line.py",
    "models approve": "changes who may score; tests/governance/test_approval.py",
    "models retire": "changes who may score; tests/governance/test_approval.py",
    "scores publish": "tests/governance/test_publication.py",
    "scores withdraw": "takes lists away; tests/governance/test_publication.py",
    "access add": "makes logins; tests/end_to_end/test_governed_line.py",
    "access remove": "tests/governance/test_access.py",
    "access units": "tests/end_to_end/test_governed_line.py",
    "alerts close": "tests/governance/test_alerts.py",
    "officer export": "needs an auditor's login; tests/end_to_end/test_governed_line.py",
    "officer names": "tests/governance/test_access.py",
    "records dispute": "changes what is held; tests/governance/test_records.py",
    "records expunge": "changes what is held; tests/governance/test_records.py",
    "records restore": "changes what is held; tests/governance/test_records.py",
    "records effect": "builds a copy; tests/end_to_end/test_expunging.py",
    "reviews record": "needs a supervisor's login; tests/governance/test_use.py",
    "interventions record": "needs a supervisor's login; tests/governance/test_use.py",
    "interventions end": "needs a supervisor's login; tests/governance/test_use.py",
}
RUN = (
    "--help",
    "--version",
    "doctor",
    "dbt ls",
    "warehouse status",
    "warehouse url",
    "warehouse psql -c",
    "warehouse psql -f",
    "models list",
    "models show",
    "models compare",
    "scores status",
    "alerts list",
    "records list",
    "reviews list",
    "reviews overdue",
    "interventions list",
    "audit verify",
    "audit show",
    "access list",
    "report model",
    "report annual",
    "report backtest",
    "report dictionary",
    "report briefing",
)
# Named in a sentence, without what would be done.
NAMED = {("dbt",), ("warehouse", "psql"), *((str(group.name),) for group in commands.registered_groups)}


def begins(command: Command, beginnings: object) -> bool:
    return any(command.arguments[: len(words)] == tuple(words) for words in map(str.split, beginnings))  # type: ignore[call-overload]


FOUND = [c for page in PAGES for c in find_commands(page) if c.program == "eis" and len(c.arguments) > 1]
FOUND += [c for page in PAGES for c in find_commands(page) if c.program == "eis" and len(c.arguments) == 1]


def test_every_command_is_run_or_left_out_with_a_reason() -> None:
    names = [c for c in FOUND if not begins(c, RUN) and not begins(c, LEFT_OUT)]
    assert [str(c) for c in names if c.is_block or c.arguments not in NAMED] == []


def test_a_reason_that_names_a_test_names_one_that_there_is() -> None:
    named = {word.strip(",;") for reason in LEFT_OUT.values() for word in reason.split() if word.startswith("tests/")}
    assert len(named) > 5
    assert [name for name in named if not (PROJECT / name.removesuffix("'s")).exists()] == []


def make_runnable(command: Command, place: Place) -> tuple[str, ...] | None:
    """The arguments, with what the demo has in the place of the page's examples; none where it has nothing."""
    models = [m for (m,) in place.query("select model_id from ml.models where role = 'final' and outcome = 'adverse'")]
    stand_ins = {"3f2a": models[0], "91bc": models[-1]}
    if (
        any(word in ("...", "STANDS_FOR", "NESTED") for word in command.arguments)
        # Of other data than the demo line's: a department's files, a schema of `make dev`.
        or {"EIS_DEPARTMENT=chicago", "EIS_HOME=.eis/dev"}.intersection(command.variables)
    ):
        return None
    return tuple(
        str(PROJECT / word) if word.startswith("docs/") else stand_ins.get(word, word) for word in command.arguments
    )


@pytest.fixture(scope="module")
def runnable(demo: Built) -> dict[tuple[str, ...], Command]:
    return {
        words: command
        for command in FOUND
        if begins(command, RUN)
        and not begins(command, LEFT_OUT)
        and (words := make_runnable(command, demo.place)) is not None
    }


def test_what_is_quick_and_changes_nothing_runs(demo: Built, runnable: dict[tuple[str, ...], Command]) -> None:
    assert len(runnable) > 15
    for words, command in runnable.items():
        done = demo.place.run(*words)
        if words[:2] == ("reviews", "overdue"):
            assert done.returncode in (0, 1)  # it says whether somebody is late
        else:
            assert done.returncode == 0, f"{command}\n{shlex.join(words)}\n{done.stdout[-2000:]}"


def test_the_site_shows_what_dbt_and_great_expectations_made_and_fetches_nothing(demo: Built, tmp_path: Path) -> None:
    """As `make docs` makes it, of a department that has run."""
    made = demo.place.run("dbt", "--quiet", "docs", "generate", "--static")
    assert made.returncode == 0, made.stdout[-2000:]
    site = build_site(tmp_path / "site", demo.place.home)
    shown = {name: (site / name / "index.html").read_text(encoding="utf-8") for name in ("dbt", "data_docs")}
    assert "feat_force" in shown["dbt"]
    assert "core.officers</a></th><td>succeeded</td>" in shown["data_docs"]
    fetched = {page.name: list_fetched(page.read_text(encoding="utf-8")) for page in site.rglob("*.html")}
    assert {name: found for name, found in fetched.items() if found} == {}
