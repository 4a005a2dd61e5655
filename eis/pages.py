"""What the documentation site holds beside docs/: files of the repository that pages link to, and pages that are made.

Belongs here: hooks of mkdocs (`mkdocs.yml`), called by `make docs`. Does not: words (`docs/`), or what dbt and Great
Expectations show on pages of their own: they are taken as they are, less what they would fetch.

A page in docs/ may link to any file of the repository, as it does on a code host. In the site that file becomes a page
below `repository/`, shown as a page if it is Markdown and as code if it is not.
"""

import json
import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

from eis.cli import commands
from eis.dictionary import tell_dictionary
from eis.settings import PROJECT, read_settings

LINK = re.compile(r"(\]\()([^)#\s:]+)((?:#[^)]*)?\))")
BESIDE = "repository/"
# Read as pages whether or not another page links to them.
ALWAYS = ("CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md")
LANGUAGES = {".py": "python", ".sql": "sql", ".yml": "yaml", ".yaml": "yaml"}
# What the pages of Great Expectations load from elsewhere: a look, and charts that this project's suites do not use.
FETCHED = re.compile(
    r"<link\b[^>]*https?://[^>]*>|<script\b[^>]*\bsrc=\"https?://[^>]*>\s*</script>|<img\b[^>]*https?://[^>]*>"
    r"|background:\s*url\('https?://[^;]*;"
)
PLAIN = (Path(__file__).parent / "data_docs.css").read_text(encoding="utf-8")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Replace each folder in the navigation by its pages."""
    config.nav = [expand(entry) for entry in config.nav or []]
    return config


def expand(entry: Any) -> Any:
    """A navigation entry with folders spelt out."""
    if isinstance(entry, dict):
        return {title: expand(below) for title, below in entry.items()}
    if isinstance(entry, list):
        return [page for below in entry for page in (expand(below) if is_folder(below) else [expand(below)])]
    return list_pages(entry) if is_folder(entry) else entry


def is_folder(entry: Any) -> bool:
    """A folder of pages is named with a slash at its end."""
    return isinstance(entry, str) and entry.endswith("/")


def list_pages(folder: str) -> list[str]:
    """The pages of a folder, in docs/ or beside it."""
    root = PROJECT if folder.startswith(BESIDE) else PROJECT / "docs"
    found = sorted(root.glob(f"{folder.removeprefix(BESIDE)}**/*.md"))
    return [f"{BESIDE if root == PROJECT else ''}{path.relative_to(root).as_posix()}" for path in found]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what pages link to beside docs/, the page of commands, and the pages that dbt and Great Expectations made."""
    for path in find_beside(files):
        name = name_beside(path)
        level = InclusionLevel.INCLUDED if name in spelt_out(config.nav) else InclusionLevel.NOT_IN_NAV
        files.append(File.generated(config, name, content=show(path), inclusion=level))
    files.append(File.generated(config, "commands.md", content=describe_commands()))
    state = read_settings().state
    files.append(File.generated(config, "data_dictionary.md", content=describe_tables(state)))
    add_dbt(files, config, state)
    add_data_docs(files, config, state)
    return files


def spelt_out(nav: Any) -> Iterator[str]:
    """Every page that the navigation names."""
    if isinstance(nav, str):
        yield nav
    for below in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else ():
        yield from spelt_out(below)


def find_beside(files: Files) -> list[Path]:
    """Files of the repository beside docs/ that a page links to, and those that these link to."""
    waiting = [PROJECT / name for name in ALWAYS] + sorted(PROJECT.glob("departments/*/README.md"))
    for file in files.documentation_pages():
        waiting += list_links(PROJECT / "docs" / file.src_uri, file.content_string)
    found: dict[Path, None] = {}
    while waiting:
        path = waiting.pop(0)
        if path not in found and path.is_file() and PROJECT / "docs" not in path.parents:
            found[path] = None
            if path.suffix == ".md":
                waiting += list_links(path, path.read_text(encoding="utf-8"))
    return list(found)


def list_links(home: Path, text: str) -> Iterator[Path]:
    """Files of the repository that a file links to."""
    for _, target, _ in LINK.findall(text):
        yield Path(os.path.normpath(home.parent / target))


def name_beside(path: Path) -> str:
    """The page that shows a file of the repository."""
    name = path.relative_to(PROJECT).as_posix()
    return f"{BESIDE}{name}" if path.suffix == ".md" else f"{BESIDE}{name}.md"


def show(path: Path) -> str:
    """A file as a page."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    name = path.relative_to(PROJECT).as_posix()
    return f"# {name}\n\n````{LANGUAGES.get(path.suffix, 'text')}\n{text.rstrip()}\n````\n"


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links between files of the repository into links between pages of the site."""
    here = page.file.src_uri
    home = PROJECT / (here.removeprefix(BESIDE) if here.startswith(BESIDE) else f"docs/{here}")

    def turn(found: re.Match[str]) -> str:
        before, target, after = found.groups()
        path = Path(os.path.normpath(home.parent / target))
        if not path.exists() or not path.is_relative_to(PROJECT):
            return found.group()  # one of the pages that are made, or a link that mkdocs will refuse
        if path.is_dir():
            return f"{before}{posixpath.relpath(find_first(path), posixpath.dirname(here) or '.')}{after}"
        docs = PROJECT / "docs"
        name = path.relative_to(docs).as_posix() if path.is_relative_to(docs) else name_beside(path)
        return f"{before}{posixpath.relpath(name, posixpath.dirname(here) or '.')}{after}"

    return LINK.sub(turn, markdown)


def find_first(folder: Path) -> str:
    """The page that a link to a folder of pages leads to."""
    [first, *_] = list_pages(f"{folder.relative_to(PROJECT / 'docs').as_posix()}/")
    return first


def describe_commands() -> str:
    """Every command of `eis` with what it says of itself."""
    lines = [
        "# Commands",
        "",
        "What `eis --help` says, command by command. `.venv/bin/eis`, unless the environment is activated.",
        "",
    ]
    for words, command in walk(typer.main.get_command(commands), "eis"):
        lines += [f"## {words}", "", command.help or "", ""]
        options = [parameter for parameter in command.params if getattr(parameter, "help", None)]
        lines += [f"- `{name_parameter(parameter)}`: {parameter.help}" for parameter in options]
        lines.append("")
    return "\n".join(lines)


def describe_tables(state: Path) -> str:
    """The data dictionary, of the dbt project as it was last parsed."""
    manifest = state / "target" / "manifest.json"
    if not manifest.exists():
        return "# Data dictionary\n\nNot made yet: it is read from the parsed dbt project, which `make docs` parses.\n"
    return tell_dictionary(json.loads(manifest.read_text(encoding="utf-8")))


def walk(command: Any, words: str) -> Iterator[tuple[str, Any]]:
    """Commands that do something, as they are typed."""
    below = getattr(command, "commands", None)
    if below is None:
        yield words, command
        return
    for name, found in below.items():
        yield from walk(found, f"{words} {name}")


def name_parameter(parameter: Any) -> str:
    """An argument or option as it is typed."""
    return parameter.opts[0] if parameter.opts[0].startswith("-") else parameter.name.upper()


def add_dbt(files: Files, config: MkDocsConfig, state: Path) -> None:
    """dbt's own pages: one file, with everything in it."""
    made = state / "target" / "static_index.html"
    add_page(files, config, "dbt/index.html", made.read_text(encoding="utf-8") if made.exists() else not_made("dbt"))


def add_data_docs(files: Files, config: MkDocsConfig, state: Path) -> None:
    """What Great Expectations found at the last run: counts, never values."""
    folder = state / "gx" / "data_docs"
    made = sorted(folder.rglob("*.html"))
    for path in made:
        text = FETCHED.sub("", path.read_text(encoding="utf-8")).replace("</head>", f"<style>{PLAIN}</style></head>", 1)
        if path != folder / "index.html":  # which is empty without what it would load
            add_page(files, config, f"data_docs/{path.relative_to(folder).as_posix()}", text)
    index = list_validations(folder) if made else not_made("Great Expectations")
    add_page(files, config, "data_docs/index.html", index)


def list_validations(folder: Path) -> str:
    """The last validation of each table, and whether it succeeded: `validations/<schema>/<table>/<run>/<time>/`."""
    latest: dict[str, Path] = {}
    for page in sorted(folder.glob("validations/*/*/*/*/*.html"), key=lambda found: found.parts[-2]):
        latest[".".join(page.parts[-5:-3])] = page
    rows = "".join(
        f'<tr><th scope="row"><a href="{page.relative_to(folder).as_posix()}">{table}</a></th>'
        f"<td>{find_status(page)}</td><td>{page.parts[-2][:8]}</td></tr>"
        for table, page in sorted(latest.items())
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>What Great Expectations found</title>'
        f"<style>{PLAIN}</style></head><body><h1>What Great Expectations found</h1>"
        "<p>The last validation of each table: counts and rules, no values.</p>"
        '<table><thead><tr><th scope="col">Table</th><th scope="col">Validation</th><th scope="col">Day</th></tr>'
        f"</thead><tbody>{rows}</tbody></table></body></html>"
    )


def find_status(page: Path) -> str:
    """What a page of Great Expectations says of itself."""
    found = re.search(r"Status:.*?(Succeeded|Failed)", page.read_text(encoding="utf-8"), re.DOTALL)
    return found.group(1).lower() if found else "not told"


def add_page(files: Files, config: MkDocsConfig, name: str, html: str) -> None:
    """A page that is HTML already."""
    files.append(File.generated(config, name, content=html))


def not_made(tool: str) -> str:
    """What stands in the place of pages that a run makes."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Not made yet</title></head><body>'
        f"<h1>Not made yet</h1><p>The pages of {tool} come with a run:"
        " <code>make run</code>, then <code>make docs</code>.</p>"
        "</body></html>"
    )
