"""The dbt project as Dagster sees it: its manifest, parsed anew only when the project or the department changed.

Belongs here: the manifest. Does not: building models (`defs.warehouse`).
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagster_project.line import Line
from eis.transform import DbtHere


def target_folder(line: Line) -> Path:
    """Where dbt keeps what it compiled for this department."""
    return line.settings.state / "target"


def compiled_folder(line: Line) -> Path:
    """Where the SQL of each model is, as it was last run."""
    return target_folder(line) / "compiled"


def load_manifest(line: Line) -> Mapping[str, Any]:
    """The parsed dbt project.

    Raises:
        EisError: dbt cannot parse it; its own words follow.
    """
    manifest, stamp = target_folder(line) / "manifest.json", target_folder(line) / "parsed.sha256"
    is_current = stamp.exists() and stamp.read_text(encoding="utf-8") == line.project_fingerprint
    if not (parsed := read_whole(manifest) if is_current else None):
        stamp.unlink(missing_ok=True)
        DbtHere(line.settings).parse()
        parsed = json.loads(manifest.read_text(encoding="utf-8"))
        stamp.write_text(line.project_fingerprint, encoding="utf-8")
    return parsed


def read_whole(file: Path) -> Any:
    """What a file of JSON holds; nothing where it is missing or was cut off, as a full disk does when dbt writes it."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
