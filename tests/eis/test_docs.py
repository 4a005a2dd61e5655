"""Pages are read by people in a hurry: what they tell them to type is there, and so is what they point to."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from documented import PAGES, Command, find_commands
from html_pages import build_site, list_fetched

from dagster_project.automation import define_jobs
from eis.cli import commands
from eis.settings import PROJECT

FOUND = [command for page in PAGES for command in find_commands(page)]


def of(program: str) -> list[Command]:
    return [command for command in FOUND if command.program == program]


def parse(command: Any, words: list[str]) -> None:
    """What the command line does with the words, short of doing anything."""
    with command.make_context("eis", list(words)) as context:
        if hasattr(command, "resolve_command") and (rest := [*context._protected_args, *context.args]):
            _, below, rest = command.resolve_command(context, rest)
            parse(below, rest)


def complain(command: Any, typed: Command) -> str | None:
    """Why the command line would refuse what is typed; a mention in a sentence may leave arguments out."""
    try:
        parse(command, list(typed.arguments))
    except Exception as error:
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if kinds & {"Exit", "NoArgsIsHelpError"} or ("MissingParameter" in kinds and not typed.is_block):
            return None
        return f"{typed}: {error}"
    return None


class TestCommands:
    def test_are_found(self) -> None:
        """A finder that finds nothing would let everything pass."""
        assert len(of("eis")) > 80
        assert len(of("make")) > 15
        several_lines = [command for command in of("eis") if "\n" in command.words]
        assert several_lines

    def test_of_eis_are_there_with_these_options(self) -> None:
        root = typer.main.get_command(commands)
        assert [fault for typed in of("eis") if (fault := complain(root, typed))] == []

    def test_a_wrong_one_is_refused(self) -> None:
        root = typer.main.get_command(commands)
        for wrong in ("scores stats", "scores status --all", "access add", "demo generate x --officers many"):
            assert complain(root, Command(PAGES[0], (), "eis", tuple(wrong.split()), is_block=True)), wrong

    def test_of_dbt_are_there_with_these_options(self) -> None:
        from dbt.cli.main import cli

        typed = [command for command in of("eis") if command.arguments[:1] == ("dbt",) and len(command.arguments) > 1]
        inner = [Command(c.page, (), "dbt", c.arguments[1:], c.is_block) for c in typed]
        assert len(inner) > 5
        assert [fault for command in inner if (fault := complain(cli, command))] == []

    def test_of_dbt_name_models_that_there_are(self) -> None:
        known = {path.stem for path in PROJECT.glob("models/**/*")} | {"state", "test_type", "STANDS_FOR", "..."}
        named = {name for command in of("eis") if "dbt" in command.arguments for name in list_selected(command)}
        assert "feat_force" in named
        assert named <= known

    def test_of_make_are_targets(self) -> None:
        makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
        targets = set(re.findall(r"^([a-z_-]+):", makefile, re.MULTILINE))
        typed = {word for command in of("make") for word in command.arguments if "=" not in word}
        assert typed - targets == set()

    def test_name_files_that_are_there(self) -> None:
        """Of the project: what stands for a file of somebody's is written `<file>` or begins with a slash."""
        words = {word for command in FOUND for word in command.arguments}
        files = {word for word in words if re.match(r"(docs|tests|models|expectations|benchmarks|departments)/", word)}
        assert files
        assert [name for name in files if not (PROJECT / name).exists()] == []


def list_selected(command: Command) -> Iterator[str]:
    """The names that `--select` is given, without what stands around them."""
    is_selecting = False
    for word in command.arguments:
        if word.startswith("-"):
            is_selecting = word in ("--select", "-s")
        elif is_selecting:
            yield word.strip("+@").split(":")[0]


class TestReferences:
    @pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(PROJECT)))
    def test_every_link_and_every_named_file_exists(self, page: Path) -> None:
        text = page.read_text(encoding="utf-8")
        made = {"commands.md", "data_dictionary.md", "dbt/index.html", "data_docs/index.html"}  # eis/pages.py
        links = [page.parent / link for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text) if link not in made]
        files = [
            PROJECT / name
            for name in re.findall(r"`((?:docs|tests|models|expectations)/[\w/.]+|(?:ml|eis)/[\w/]+\.\w+)`", text)
        ]
        assert [path for path in links + files if not path.exists()] == []

    def test_every_job_is_one_that_there_is(self) -> None:
        named = {job for page in PAGES for job in re.findall(r"job `(\w+)`", page.read_text(encoding="utf-8"))}
        assert named
        assert named <= {job.name for job in define_jobs()}


class TestSite:
    @pytest.fixture(scope="class")
    @classmethod
    def site(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """The site of a department that never ran; `--strict` refuses broken links and headings that are not there."""
        folder = tmp_path_factory.mktemp("site")
        return build_site(folder / "site", folder / "home")

    def test_asks_nothing_of_another_machine(self, site: Path) -> None:
        pages = sorted(site.rglob("*.html"))
        assert len(pages) > 50
        assert {page.name: found for page in pages if (found := list_fetched(page.read_text(encoding="utf-8")))} == {}
        styles = [style.read_text(encoding="utf-8") for style in site.rglob("*.css")]
        assert [found for style in styles for found in re.findall(r"url\(\s*[\"']?(?:https?:)?//[^)]+", style)] == []

    def test_says_in_which_language_it_is_and_what_its_pictures_show(self, site: Path) -> None:
        for page in site.rglob("*.html"):
            text = page.read_text(encoding="utf-8")
            assert '<html lang="en"' in text, page
            assert re.findall(r"<img(?![^>]*\balt=\"[^\"]{10})[^>]*>", text) == [], page

    def test_shows_files_of_the_repository_that_pages_link_to(self, site: Path) -> None:
        policy = (site / "repository/departments/demo/policy.yml.html").read_text(encoding="utf-8")
        assert "forbidden_use" in policy
        assert "policy.yml.html" in (site / "how_it_works.html").read_text(encoding="utf-8")

    def test_lists_every_command(self, site: Path) -> None:
        page = (site / "commands.html").read_text(encoding="utf-8")
        assert page.count("<h2") > 20
        assert "eis scores withdraw" in page


def test_a_page_that_fetches_is_seen() -> None:
    assert list_fetched('<script src="https://unpkg.example/x.js"></script>') == ["https://unpkg.example/x.js"]
    assert list_fetched("<style>@import '//fonts.example/a.css'; a { background: url(https://b.example/c) }</style>")
    assert list_fetched('<a href="https://example.org">a link</a><link rel="stylesheet" href="own.css">') == []
