"""The audit log: is it whole?

Belongs here: computing every hash again, outside the database that is being checked. Does not: adding entries, which
only the functions of schema `governance` do.

The chain finds an entry that was changed, removed, put in or reordered; `governance.audit_head` one that was cut off
the end. Whoever owns the server could write all of it anew, consistently: that is found only by an anchor, a number and
hash that were noted elsewhere before. Each check that finds the log whole adds one to a file beside the warehouse; an
auditor who keeps a copy of a line needs to trust nobody (`eis audit verify --anchor`).
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import psycopg

GENESIS = "0" * 64

# Everything as text, so that what is hashed here is what was hashed there. Log and head in one statement, or an entry
# made between two would look put in. The head comes with each entry, and alone if there is none.
ENTRIES = """
select
    log.entry_no,
    to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    actor,
    action,
    content::text,
    previous_hash,
    log.hash,
    head.entry_no,
    head.hash
from governance.audit_log as log
full join governance.audit_head as head on true
order by log.entry_no
"""


@dataclass(frozen=True)
class Anchor:
    """An entry as it was seen once."""

    entry_no: int
    hash: str

    @classmethod
    def parse(cls, text: str) -> "Anchor":
        """From `<number>:<hash>`."""
        number, _, digest = text.partition(":")
        return cls(int(number), digest)


@dataclass(frozen=True)
class Verification:
    """What a check found; `faults` is empty when the log is whole."""

    n_entries: int
    last_hash: str
    faults: list[str]

    @property
    def anchor(self) -> Anchor:
        """The end of the log as it was found."""
        return Anchor(self.n_entries, self.last_hash)


def verify(connection: psycopg.Connection, anchors: list[Anchor]) -> Verification:
    """Follow the chain from its beginning, and compare it with its head and with what was noted before."""
    faults: list[str] = []
    hashes: dict[int, str] = {}
    expected, previous = 0, GENESIS
    rows = connection.execute(ENTRIES).fetchall()
    head = rows[0][7:] if rows else (None, None)
    for number, recorded_at, actor, action, content, previous_hash, digest, *_ in rows:
        if number is None:
            break
        expected += 1
        if number != expected:
            missing = f"Entry {expected} is" if number == expected + 1 else f"Entries {expected} to {number - 1} are"
            faults.append(f"{missing} missing: after entry {expected - 1} comes entry {number}.")
            expected = number
        if previous_hash != previous:
            faults.append(f"Entry {number} does not follow the entry before it: one was removed, put in or reordered.")
        parts = (previous_hash, str(number), recorded_at, actor, action, content)
        if hashlib.sha256("\n".join(parts).encode()).hexdigest() != digest:
            faults.append(f"Entry {number} ({action}) was changed after it was written: its hash is not its content's.")
        hashes[number] = previous = digest
    if head != (expected, previous):
        said = "its head is missing" if head[0] is None else f"its head says entry {head[0]}"
        faults.append(f"The log ends with entry {expected}, but {said}: entries were cut off or put in at the end.")
    faults += [
        f"Entry {anchor.entry_no} is not the one that was noted earlier: the log was written anew from there or before."
        for anchor in anchors
        if anchor.entry_no and hashes.get(anchor.entry_no) != anchor.hash
    ]
    return Verification(expected, previous, faults)


def read_anchors(file: Path) -> list[Anchor]:
    """What earlier checks noted."""
    if not file.exists():
        return []
    return [Anchor(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


def note_anchor(file: Path, anchor: Anchor) -> None:
    """Note the end of a log that was found whole, unless it is the last one noted."""
    if anchor not in read_anchors(file)[-1:]:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"entry_no": anchor.entry_no, "hash": anchor.hash}) + "\n")
