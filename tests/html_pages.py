"""What any page for people has to be: valid, asking nothing of anybody, to be heard as well as seen."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import html5lib

from eis.settings import PROJECT

LOADING = {
    "link": "href",
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "object": "data",
    "use": "href",
}


class Reader(HTMLParser):
    """Collects what a reader meets: headings, identifiers, attributes and words."""

    def __init__(self) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.is_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_style = tag == "style"
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        for name, value in attrs:
            self.attributes.append((tag, name, value or ""))
            if name == "id":
                self.ids.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.is_style = False

    def handle_data(self, data: str) -> None:
        if not self.is_style:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def assert_valid(page: str) -> None:
    html5lib.HTMLParser(strict=True).parse(page)


def assert_asks_nothing_of_anybody(page: str) -> None:
    assert "://" not in page
    assert "@import" not in page
    assert not re.search(r"<(script|link|iframe|object|embed|img)\b", page)
    for _, name, value in read(page).attributes:
        if name in ("href", "src", "xlink:href", "action"):
            assert value.startswith("#")


def assert_references_lead_somewhere(page: str) -> None:
    reader = read(page)
    assert len(reader.ids) == len(set(reader.ids))
    references = [value[1:] for _, name, value in reader.attributes if name in ("href", "xlink:href")]
    references += re.findall(r"url\(#([^)]+)\)", page)
    references += [value for _, name, value in reader.attributes if name == "aria-labelledby"]
    assert references
    assert set(references) <= set(reader.ids)


def assert_can_be_heard(page: str) -> None:
    """Headings in order, a language, every picture told in words, every header cell with its direction."""
    reader = read(page)
    assert reader.headings[0] == 1
    assert reader.headings.count(1) == 1
    assert all(below - above <= 1 for above, below in zip(reader.headings, reader.headings[1:], strict=False))
    assert ("html", "lang", "en") in reader.attributes
    assert page.count("<svg") == len([a for a in reader.attributes if a[:2] == ("svg", "aria-label") and a[2]])
    assert page.count("<th ") == len([a for a in reader.attributes if a[:2] == ("th", "scope")])
    assert "<th>" not in page
    assert len(re.findall(r"<table\b", page)) == page.count("<caption>")


def list_colours(page: str) -> set[str]:
    """Every colour that a page writes out."""
    return {colour.lower() for colour in re.findall(r"#[0-9a-fA-F]{6}\b", page)}


class Loading(HTMLParser):
    """Collects what a page has a browser fetch; what a person may click on is not among it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "link" and values.get("rel") in ("next", "prev", "canonical"):
            return
        if address := values.get(LOADING.get(tag, "")):
            self.found.append(address)


def list_fetched(page: str) -> list[str]:
    """What a page would fetch from another machine."""
    reader = Loading()
    reader.feed(page)
    styles = re.findall(r"(?:url\(|@import )\s*[\"']?((?:https?:)?//[^\"')\s]+)", page)
    return [address for address in reader.found if re.match(r"(https?:)?//", address)] + styles


def build_site(folder: Path, home: Path) -> Path:
    """The documentation with this home's department; `--strict` refuses broken links and lost headings."""
    done = subprocess.run(
        [Path(sys.executable).with_name("mkdocs"), "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=PROJECT,
        env={"PATH": "/usr/bin:/bin", "EIS_HOME": str(home), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder
