"""What pages tell people to type: found in code blocks and in inline code, taken apart as a shell would.

A command is a program with its arguments. What a page writes as `<folder>` stands for something, and is kept as a word.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eis.settings import PROJECT

PROGRAMS = ("eis", "make", "dbt", "pytest", "ruff", "mypy", "mkdocs", "sqlfluff", "python", "pre-commit")
PAGES = sorted(
    [
        *(PROJECT / "docs").rglob("*.md"),
        *PROJECT.glob("*.md"),
        *PROJECT.glob("benchmarks/*.md"),
        *PROJECT.glob("departments/*/*.md"),
    ]
)
BLOCK = re.compile(r"^(?:(?: {4}.*\S.*|[ \t]*)\n)+", re.MULTILINE)
FENCE = re.compile(r"^( *)```\w*\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
NESTED = re.compile(r"\$\(([^()]+)\)")
STANDS_FOR = re.compile(r"<([^<>\n]+)>")
PATH = r"(?:[\w./-]*/)?"
START = re.compile(rf"(?:[A-Z_]+=\S* +|time +)*{PATH}(?:{'|'.join(PROGRAMS)})(?= |$)")


@dataclass(frozen=True)
class Command:
    """One command of a page: variables before it, the program, its arguments."""

    page: Path
    variables: tuple[str, ...]
    program: str
    arguments: tuple[str, ...]
    is_block: bool

    def __str__(self) -> str:
        return f"{self.page.relative_to(PROJECT)}: {self.words}"

    @property
    def words(self) -> str:
        """The command without its variables."""
        return shlex.join([self.program, *self.arguments])


def find_commands(page: Path) -> Iterator[Command]:
    """Every command of a page."""
    text = page.read_text(encoding="utf-8")
    for _, block in FENCE.findall(text):
        yield from read_block(page, block)
    text = FENCE.sub("", text)
    for block in BLOCK.findall(text):
        if block.strip():
            yield from read_block(page, block)
    for inline in INLINE.findall(text):
        if START.match(inline):
            yield from take_apart(page, inline, is_block=False)


def read_block(page: Path, block: str) -> Iterator[Command]:
    """Commands of a block; one that goes on over several lines ends where its quotation marks close."""
    waiting = ""
    for line in block.splitlines():
        waiting = f"{waiting}\n{line}" if waiting else line.strip()
        if not waiting or not START.match(re.sub(r"^mkdir \S+ && ", "", waiting)):
            waiting = ""
            continue
        try:
            shlex.split(STANDS_FOR.sub("STANDS_FOR", waiting), comments=True)
        except ValueError:
            continue
        yield from take_apart(page, waiting, is_block=True)
        waiting = ""
    assert not waiting, f"{page}: the quotation marks of a command do not close: {waiting}"


def take_apart(page: Path, text: str, is_block: bool) -> Iterator[Command]:
    """The commands of a line: between `&&` and `|`, and within `$(...)`."""
    for nested in NESTED.findall(text):
        yield from take_apart(page, nested, is_block)
    lexer = shlex.shlex(STANDS_FOR.sub("STANDS_FOR", NESTED.sub("NESTED", text)), posix=True, punctuation_chars="&|;>")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, "&&"]:
        if re.fullmatch(r"[&|;>]+", word):
            if words:
                yield from name_command(page, words, is_block)
            words = []
        else:
            words.append(word)


def name_command(page: Path, words: list[str], is_block: bool) -> Iterator[Command]:
    """A command of ours; none where the words begin with another program."""
    variables = []
    while words and (words[0] == "time" or re.match(r"[A-Z_]+=", words[0])):
        variables.append(words.pop(0))
    if words and (program := words[0].rsplit("/", 1)[-1]) in PROGRAMS:
        yield Command(page, tuple(variables), program, tuple(words[1:]), is_block)
