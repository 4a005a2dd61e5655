"""The one exception that a person is meant to read, and its words for a file of settings."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


class EisError(Exception):
    """A fault that the operator can mend: the message says what is wrong, where, and what to do."""


def describe_invalid(path: Path, error: "ValidationError") -> str:
    """What is wrong in a file of settings: a line for each value, with its place."""
    lines = [f"  {'.'.join(map(str, e['loc'])) or '(file)'}: {e['msg']}" for e in error.errors()]
    return "\n".join([f"{path} is not valid:", *lines])
