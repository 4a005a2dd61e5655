"""What raw tables look like before anything is known of them: kinds, ranges, empty cells, candidate keys and dates.

Belongs here: plain figures about a delivered file, or a table of the department's own database. Does not: what to make
of them (`eis.onboarding.drafts`).

A kind is what nearly all values of a column are written like. Where two readings of a day are possible, none is chosen.
Values are told only where they are codes, numbers or months: never a name, a text or an identifier.
"""

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from operator import itemgetter
from pathlib import Path

from eis.department import plain_letters, snake_case
from eis.errors import EisError
from eis.ingest import Row, encode, read_header, read_rows

ROWS = 500_000  # of each table are looked at
MOSTLY = 0.98  # share of the values that a kind has to explain
MOST_CODES = 40
MOST_OFFICERS = 50_000  # a column with more values than that names no officer
CODE_USES = 5  # a value that stands there less often, on the average, is no code
KEY_COLUMNS = 5  # that pairs are tried of
SEPARATORS = (",", ";", "\t", "|")

FLAGS = ({"y", "n"}, {"yes", "no"}, {"t", "f"}, {"true", "false"}, {"0", "1"})

# Headers under which people write names, addresses and free text. The draft leaves such columns out.
PERSONAL = re.compile(
    r"(^|_)((first|last|middle|full|sur|maiden)?_?name|address|street|phone|e?mail|ssn|social|licen[cs]e|plate|narrative|"
    r"summary|notes?|comments?|remarks|description|details|lat|lon|latitude|longitude|investigator|[a-z]+ed_by)(_|$)"
)
PERSON = re.compile(r"[A-Z][\w'-]+,\s*[A-Z][\w'. -]*")  # Lastname, Firstname
OFFICER = re.compile(
    r"(^|_)(officers?|employees?|empl?|deput(y|ies)|members?|personnel|roster|profiles?|badge|star|shield|uid)(_|$)"
)
IDENTIFIER = re.compile(r"(^|_)(id|no|num|number|nr|key|code)$")
NAMES_OF_THINGS = re.compile(r"(unit|division|bureau|course|rank|title|station|district|category|type)")


@dataclass(frozen=True)
class Kind:
    """How the values of a column are written, and how SQL reads them."""

    name: str
    pattern: re.Pattern[str]
    words: str
    sql_type: str
    reading: str = "'{0}'"  # argument of try_cast
    order: tuple[int, int, int] | None = None  # groups with year, month and day
    question: str = ""  # what the values leave open


def _kind(name: str, pattern: str, words: str, sql_type: str, **more: object) -> Kind:
    return Kind(name, re.compile(pattern, re.ASCII), words, sql_type, **more)  # type: ignore[arg-type]


CLOCK = r"[ T]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?"
SLASHED = r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

FLAG = _kind("flag", r"(?!)", "yes or no", "boolean")
CODE = _kind("code", r"(?!)", "codes", "text")
PEOPLE = _kind("people", r"(?!)", "names of people", "text")
TEXT = _kind("text", r"(?!)", "text", "text")
EMPTY = _kind("empty", r"(?!)", "always empty", "text")
EITHER = "no value tells month from day: read it with month_first or day_first (macros/types.sql)"
WHICH_ZONE = "its moments carry a time zone, and core tables hold local time: convert them"
EITHER_DAY = _kind("either_day", SLASHED, "days, month or day first", "date", question=EITHER)
EITHER_MOMENT = _kind("either_moment", SLASHED + CLOCK, "moments, month or day first", "timestamp", question=EITHER)
ZONE = r" ?(?:Z|[+-]\d{2}(?::?\d{2})?)"
ZONED = _kind("zoned", r"\d{4}-\d{2}-\d{2}" + CLOCK + ZONE, "moments with a zone", "timestamp", question=WHICH_ZONE)
UNDECIDED = (EITHER_DAY, EITHER_MOMENT, ZONED)

INTEGER = _kind("integer", r"-?(?:0|[1-9]\d{0,8})", "whole numbers", "integer")
MONTH_FIRST, DAY_FIRST, COMMA = "month_first('{0}')", "day_first('{0}')", "decimal_comma('{0}')"
YMD, MDY, DMY = (1, 2, 3), (3, 1, 2), (3, 2, 1)
ISO = r"(\d{4})-(\d{2})-(\d{2})"
COMPACT = r"((?:19|20)\d{2})(0[1-9]|1[0-2])([0-2]\d|3[01])"
MOMENT, DAY = "timestamp", "date"
KINDS = (
    _kind("compact_day", COMPACT, "days as 20251231", DAY, order=YMD),
    INTEGER,
    _kind("number", r"-?(?:0|[1-9]\d{0,14})(?:\.\d+)?", "numbers", "numeric"),
    # With one or two places: three would also be thousands.
    _kind("comma_number", r"-?(?:0|[1-9]\d{0,14})(?:,\d\d?)?", "numbers as 7,5", "numeric", reading=COMMA),
    _kind("time", r"\d{1,2}:\d{2}(?::\d{2})?", "times of day", "time"),
    _kind("iso_day", ISO, "days as 2025-12-31", DAY, order=YMD),
    _kind("iso_moment", ISO + CLOCK, "moments as 2025-12-31 23:59", MOMENT, order=YMD),
    _kind("slashed_day", r"(\d{4})/(\d{2})/(\d{2})", "days as 2025/12/31", DAY, order=YMD),
    _kind("named_day", r"(\d{1,2})-([A-Za-z]{3})-(\d{4})", "days as 31-Dec-2025", DAY, order=DMY),
    _kind("month_first_day", SLASHED, "days as 12/31/2025", DAY, reading=MONTH_FIRST, order=MDY),
    _kind("day_first_day", SLASHED, "days as 31/12/2025", DAY, reading=DAY_FIRST, order=DMY),
    _kind("month_first_moment", SLASHED + CLOCK, "moments as 12/31/2025 23:59", MOMENT, reading=MONTH_FIRST, order=MDY),
    _kind("day_first_moment", SLASHED + CLOCK, "moments as 31/12/2025 23:59", MOMENT, reading=DAY_FIRST, order=DMY),
    ZONED,
)


@dataclass(frozen=True)
class RawSource:
    """A raw table before it is one: where its rows come from, all text, each led by its line or number."""

    table: str
    file: str
    origin: str
    headers: list[str]
    chunks: Generator[list[Row], None, None]
    key: tuple[str, ...] = ()
    database_table: str | None = None
    separator: str = ","


@dataclass(frozen=True)
class ColumnProfile:
    """One column of a raw table."""

    header: str
    name: str
    kind: Kind
    rows: int
    filled: int
    distinct: int
    odd: int
    low: str | None
    high: str | None
    codes: tuple[str, ...]
    values: frozenset[str]

    @cached_property
    def plain_values(self) -> frozenset[str]:
        """The values without what one system writes before a number and another does not."""
        return frozenset(map(plain_number, self.values))

    @property
    def null_share(self) -> float:
        """Share of empty cells."""
        return 1 - self.filled / self.rows if self.rows else 1.0

    @property
    def is_unique(self) -> bool:
        """Whether each row has a value of its own here."""
        return 0 < self.rows == self.filled == self.distinct

    @property
    def is_identifier(self) -> bool:
        """Whether the values tell rows or officers apart, and are not to be counted with."""
        says_so = OFFICER.search(self.name) or IDENTIFIER.search(self.name)
        return self.kind in (INTEGER, TEXT) and (self.is_unique or bool(says_so))

    @property
    def is_dated(self) -> bool:
        """Whether the values are days or moments."""
        return self.kind.sql_type in ("date", "timestamp")

    @property
    def is_personal(self) -> bool:
        """Whether the values are names, or the header one under which people write names, addresses or free text."""
        return self.kind is PEOPLE or (bool(PERSONAL.search(self.name)) and not NAMES_OF_THINGS.search(self.name))

    @property
    def is_left_out(self) -> bool:
        """Whether the draft does not load it."""
        return self.is_personal or self.kind is EMPTY

    def describe(self) -> str:
        """The column in a few words."""
        said = ["identifiers" if self.is_identifier else self.kind.words]
        if self.low is not None and not self.is_identifier:
            said.append(f"mostly {self.low} to {self.high}" if self.low != self.high else str(self.low))
        if self.codes:
            said.append(f"{len(self.codes)} different")
        if self.filled and self.null_share:
            said.append(f"{self.null_share:.1%} empty")
        if self.odd:
            said.append(f"{self.odd:,} not so")
        return ", ".join(said)


@dataclass(frozen=True)
class TableProfile:
    """One raw table."""

    source: RawSource
    rows: int
    is_cut: bool
    columns: tuple[ColumnProfile, ...]
    key: tuple[str, ...]
    repeated: int

    @property
    def name(self) -> str:
        """Name in schema `raw`."""
        return self.source.table

    @property
    def listed(self) -> list[ColumnProfile]:
        """Columns that the draft loads."""
        return [column for column in self.columns if not column.is_left_out]

    @property
    def dated(self) -> list[ColumnProfile]:
        """Columns of days or moments."""
        return [column for column in self.columns if column.is_dated]


def find_sources(folder: Path) -> list[RawSource]:
    """The CSV files of a folder and below it.

    Raises:
        EisError: no folder, no CSV file in it, two that would be one raw table, or a header that is none.
    """
    if not folder.is_dir():
        raise EisError(f"{folder}: there is no such folder. Name the folder of the raw files.")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    delivered = [path for path in files if path.name.endswith((".csv", ".csv.gz"))]
    if not delivered:
        found = f"{len(files)} other files" if files else "nothing"
        raise EisError(
            f"{folder}: no .csv or .csv.gz file in it, but {found}. Export each table as CSV, with a header line."
        )
    tables: dict[str, Path] = {}
    for path in delivered:
        name = name_table(path.name.removesuffix(".gz").removesuffix(".csv"), path)
        if name in tables:
            raise EisError(
                f"{path} and {tables[name]} would both be raw table {name}: one file a table. Join or rename them."
            )
        tables[name] = path
    return [look_at_file(name, path) for name, path in tables.items()]


def look_at_file(name: str, path: Path) -> RawSource:
    """A delivered file as the source of a raw table.

    Raises:
        EisError: its first line is no header.
    """
    separator = find_separator(path)
    headers = check_header(path, separator)
    chunks = read_chunks(path, headers, separator)
    return RawSource(name, path.name, str(path), headers, chunks, separator=separator)


def find_separator(path: Path) -> str:
    """The mark that stands in the header line most often, outside quotes; the comma if there is none."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            line = re.sub(rb'"[^"]*"', b"", file.readline())
    except (OSError, EOFError, zlib.error):
        return ","  # what is wrong with the file, `read_header` tells
    return max(SEPARATORS, key=lambda mark: line.count(mark.encode()))


def name_table(stem: str, where: object) -> str:
    """Name of a raw table: words of letters, since models are named after it.

    Raises:
        EisError: nothing is left of the name.
    """
    name = "_".join(re.findall(r"[a-z]+", plain_letters(stem)))[:50].rstrip("_")
    if not name:
        raise EisError(f"{where}: its name has no letter, and the raw table is named after it. Rename it.")
    return name


def check_header(path: Path, separator: str) -> list[str]:
    """The headers of a file, if its first line can be one.

    Raises:
        EisError: an empty header, or a first line of values.
    """
    headers = read_header(path, separator)
    kinds = (*KINDS, EITHER_DAY)
    for position, header in enumerate(headers, start=1):
        if not header.strip():
            raise EisError(
                f"{path}, line 1: field {position} is empty. Deliver the file with a header for every column."
            )
        if any(kind.pattern.fullmatch(header.strip()) for kind in kinds):
            raise EisError(
                f"{path}, line 1: field {position} is a number or a day, so this seems to be a row and not the header. "
                "Deliver the file with a header line."
            )
    return headers


def read_chunks(path: Path, headers: list[str], separator: str) -> Generator[list[Row], None, None]:
    """Rows of a file, as strictly as the load reads them."""
    with path.open("rb") as file:
        for rows in read_rows(file, path, headers, separator):
            encode(rows, path, headers)  # which finds what PostgreSQL could not hold
            yield rows


def profile_table(source: RawSource, limit: int = ROWS) -> TableProfile:
    """Look at the first rows of one table."""
    counts: list[Counter[str]] = [Counter() for _ in source.headers]
    rows: list[Row] = []
    with closing(source.chunks) as chunks:
        for chunk in chunks:
            rows.extend(chunk[: limit + 1 - len(rows)])
            if len(rows) > limit:
                break
    is_cut, rows = len(rows) > limit, rows[:limit]
    for position, column in enumerate(zip(*rows, strict=True)):
        if position:  # the first is the line
            counts[position - 1].update(map(str.strip, column))
    columns = tuple(
        profile_column(header, snake_case(header), len(rows), count)
        for header, count in zip(source.headers, counts, strict=True)
    )
    key = source.key or find_key(columns, rows)
    places = [1 + source.headers.index(header) for header in key]
    repeated = len(rows) - len({tuple(row[place] for place in places) for row in rows}) if key else 0
    return TableProfile(source, len(rows), is_cut, columns, key, repeated)


def profile_column(header: str, name: str, rows: int, counts: Counter[str]) -> ColumnProfile:
    """One column from how often each value stands there."""
    filled = {value: count for value, count in counts.items() if value}
    total = sum(filled.values())
    kind, odd = recognise(filled, total)
    low, high = find_range(kind, filled)
    return ColumnProfile(
        header=header,
        name=name,
        kind=kind,
        rows=rows,
        filled=total,
        distinct=len(filled),
        odd=odd,
        low=low,
        high=high,
        codes=tuple(sorted(v for v, count in filled.items() if count >= max(2, total / 1000))) if kind is CODE else (),
        values=frozenset(filled) if len(filled) <= MOST_OFFICERS else frozenset(),
    )


def recognise(filled: dict[str, int], total: int) -> tuple[Kind, int]:
    """The kind that nearly all values have, and how many do not."""
    if not filled:
        return EMPTY, 0
    spellings = {value.lower() for value in filled}
    if any(spellings == flags for flags in FLAGS):
        return FLAG, 0
    fits = [(kind, odd) for kind in KINDS if (odd := count_odd(kind, filled, (1 - MOSTLY) * total)) is not None]
    if len(fits) > 1 and {kind.reading for kind, _ in fits} == {MONTH_FIRST, DAY_FIRST}:
        best = min(odd for _, odd in fits)
        readings = [fit for fit in fits if fit[1] == best]
        # Nothing in the values tells month from day.
        return (
            readings[0]
            if len(readings) == 1
            else (EITHER_DAY if fits[0][0].sql_type == "date" else EITHER_MOMENT, best)
        )
    if fits:
        return fits[0]
    if sum(count for value, count in filled.items() if PERSON.fullmatch(value)) > total / 2:
        return PEOPLE, 0
    if len(filled) <= MOST_CODES and total >= CODE_USES * len(filled):
        return CODE, 0
    return TEXT, 0


def name_to_number(name: str) -> int:
    """Number of a month in English; 0 for another word."""
    return MONTHS.index(name.lower()) + 1 if name.lower() in MONTHS else 0


def count_odd(kind: Kind, filled: dict[str, int], allowed: float) -> int | None:
    """How many values are not of a kind, or None as soon as they are too many."""
    odd = 0
    for value, count in filled.items():
        if not is_of(kind, value):
            odd += count
            if odd > allowed:
                return None
    return odd


def is_of(kind: Kind, value: str) -> bool:
    """Whether a value is written in this way, and its month and day can be."""
    match = kind.pattern.fullmatch(value)
    if not match or not kind.order:
        return bool(match)
    _, month, day = read_day(kind, match)
    return 1 <= month <= 12 and 1 <= day <= 31


def read_day(kind: Kind, match: re.Match[str]) -> tuple[int, int, int]:
    """Year, month and day of a value."""
    year, month, day = (match.group(place) for place in kind.order or ())
    return int(year), name_to_number(month) if month.isalpha() else int(month), int(day)


def find_range(kind: Kind, filled: dict[str, int]) -> tuple[str | None, str | None]:
    """Where nearly all days or numbers lie; the ends, which tell of one person or of a slip, are left out."""
    readable = {value: count for value, count in filled.items() if is_of(kind, value)}
    if kind.order:
        months = Counter[str]()
        for value, count in readable.items():
            if match := kind.pattern.fullmatch(value):
                months["{:04d}-{:02d}".format(*read_day(kind, match))] += count
        return find_ends(sorted(months.items()))
    if kind.sql_type in ("integer", "numeric"):
        return find_ends(sorted(readable.items(), key=lambda pair: float(pair[0].replace(",", "."))))
    return None, None


def find_ends(counted: list[tuple[str, int]]) -> tuple[str | None, str | None]:
    """First and last of ordered values, without one in a hundred at each end."""
    if not counted:
        return None, None
    left_out = sum(count for _, count in counted) // 100

    def find_end(values: Iterable[tuple[str, int]]) -> str:
        seen = 0
        for value, count in values:
            seen += count
            if seen > left_out:
                return value
        raise AssertionError("the values end before their hundredth")

    return find_end(counted), find_end(reversed(counted))


def find_key(columns: Sequence[ColumnProfile], rows: list[Row]) -> tuple[str, ...]:
    """Headers that tell rows apart: one column, else a pair; a few rows may stand there twice."""
    total = len(rows)
    usable = [c for c in columns if c.filled == c.rows and c.kind not in (FLAG, CODE) and not c.is_personal]
    likely = sorted(usable, key=lambda column: (column.is_dated, -column.distinct))[:KEY_COLUMNS]
    places = {column.header: position for position, column in enumerate(columns, start=1)}
    pairs = [sorted((a.header, b.header), key=places.__getitem__) for a, b in combinations(likely, 2)]
    # The same row twice is common in exports: what nearly tells all rows apart is the key that was meant.
    for least in (total, MOSTLY * total):
        if alone := [c for c in usable if c.distinct >= max(least, 2) and not c.is_dated]:
            return (alone[0].header,)
        for first, second in pairs:
            pick = itemgetter(places[first], places[second])
            if len(set(map(pick, rows))) >= max(least, 2):
                return (first, second)
    return ()


@dataclass(frozen=True)
class OfficerLink:
    """A column that seems to name the officer, and the column of the table of officers whose values it has."""

    column: ColumnProfile
    identifier: ColumnProfile
    share: float
    is_written_otherwise: bool


# The table of officers, and by other table the columns of it that name them.
Officers = tuple[TableProfile, dict[str, list[OfficerLink]]]


def find_officers(tables: Sequence[TableProfile]) -> Officers | None:
    """The table of officers: the one that most others name; with the column of each other table that names it."""
    named = [table for table in tables if OFFICER.search(table.name)] or tables
    candidates = []
    for table in named:
        identifiers = [column for column in table.columns if column.header in table.key[:1] or column.is_unique]
        links = {}
        for other in tables:
            if other is not table and (found := find_links(identifiers, other)):
                links[other.name] = found
        candidates.append((len(links), sum(found[0].share for found in links.values()), -table.rows, table, links))
    best = max(candidates, key=lambda candidate: candidate[:3], default=None)
    return (best[3], best[4]) if best and best[0] else None


def find_links(identifiers: Sequence[ColumnProfile], table: TableProfile) -> list[OfficerLink]:
    """Columns of a table whose values are nearly all an officer's: those that say so, else the likeliest one."""
    links = []
    for identifier in identifiers:
        for column in table.columns:
            says_so = bool(OFFICER.search(column.name))
            is_likely = not column.is_unique and not column.is_dated and column.distinct >= len(identifier.values) / 2
            if not column.values or not (says_so or is_likely):
                continue
            share = len(column.values & identifier.values) / column.distinct
            otherwise = len(column.plain_values & identifier.plain_values) / max(len(column.plain_values), 1)
            if max(share, otherwise) >= 0.9:
                link = OfficerLink(column, identifier, max(share, otherwise), share < 0.9)
                links.append((says_so, not link.is_written_otherwise, link.share, column.distinct, link))
    links.sort(key=lambda link: link[:4], reverse=True)
    best = {link.column.header: link for *_, link in reversed(links)}  # the best identifier for each column
    named = [best[column.header] for column in table.columns if column.header in best and OFFICER.search(column.name)]
    return named or [link for *_, link in links[:1]]


def plain_number(value: str) -> str:
    """An officer's number without the letters and zeros that one system writes before it and another does not."""
    return re.sub(r"^[A-Za-z#-]*0*", "", value)


def say_days(table: TableProfile) -> str:
    """The columns of days of a table, and where nearly all of them lie."""
    return ", ".join(f"{c.name} ({c.low} to {c.high})" if c.low else c.name for c in table.dated) or "none"


def months_seen(tables: Iterable[TableProfile]) -> tuple[str, str] | None:
    """First and last month of what happened: of all dates but those that describe a person."""
    dated = [
        column
        for table in tables
        for column in table.dated
        if column.low
        and column.high
        and not re.search(r"birth|dob|born|hire|appoint|expir|separat|retire", column.name)
    ]
    if not dated:
        return None
    return min(str(column.low) for column in dated), max(str(column.high) for column in dated)


def profile_tables(sources: Iterable[RawSource]) -> list[TableProfile]:
    """Profiles of all tables.

    Raises:
        EisError: a table has no rows, or cannot be read.
    """
    tables = []
    for source in sources:
        table = profile_table(source)
        if not table.rows:
            raise EisError(f"{source.origin}: a header and no row. Deliver the table with its rows, or leave it out.")
        tables.append(table)
    return tables
